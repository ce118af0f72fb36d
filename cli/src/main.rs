//! The `stepclock` command.
fn main() {}
