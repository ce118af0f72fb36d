//! What one template, or one intrinsic call, may build.

use serde_json::Value;

use crate::data::measure;
use crate::limits;

/// Counts down the bytes of what expressions give: a definition of a megabyte has room for tens of thousands
/// of copies of the whole input.
pub(super) struct Budget {
    /// Values that are not measured: so few cannot take much, and nearly every template has no more.
    free: usize,
    bytes: usize,
}

impl Budget {
    /// A whole budget.
    pub(super) const fn new() -> Self {
        Self { free: 16, bytes: limits::TEMPLATE_BYTES_MAX }
    }

    /// Pays for a value; false when it is too much.
    pub(super) fn pay(&mut self, value: &Value) -> bool {
        if self.free > 0 {
            self.free -= 1;
            return true;
        }
        let left = measure(value).and_then(|size| self.bytes.checked_sub(size));
        self.bytes = left.unwrap_or(0);
        left.is_some()
    }
}
