//! The names that state machines, activities and executions may have.

use crate::error::ApiError;

/// Most characters of a name.
const NAME_CHARS_MAX: usize = 80;

/// Checks a name.
///
/// # Errors
/// `InvalidName`.
pub(super) fn check(name: &str) -> Result<(), ApiError> {
    let fits = (1..=NAME_CHARS_MAX).contains(&name.chars().count());
    if fits && !name.chars().any(is_forbidden) {
        return Ok(());
    }
    Err(ApiError::new("InvalidName", format!("Invalid Name: '{name}'")))
}

/// Blanks, brackets, wildcards, special and control characters, as the API reference lists them.
fn is_forbidden(c: char) -> bool {
    c.is_whitespace()
        || "<>{}[]?*\"#%\\^|~`$&,;:/".contains(c)
        || matches!(c, '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}' | '\u{fffe}' | '\u{ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["a", "activity-name.1_2", "größe", "a(b)=+@!'", &"x".repeat(80)] {
            assert_eq!(check(name), Ok(()), "{name}");
        }
        for name in ["", "a b", "a:b", "a/b", "a*", "a\u{1}", "\"", "a\u{9f}", &"x".repeat(81)] {
            let error = check(name).expect_err(name);
            assert_eq!(error.message, format!("Invalid Name: '{name}'"));
        }
    }
}
