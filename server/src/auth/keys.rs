//! The access keys that requests may be signed with.

use std::collections::BTreeMap;
use std::fmt;

/// Access key ids with their secrets.
#[derive(Clone, Default)]
pub struct AccessKeys(BTreeMap<String, String>);

/// Why a key was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// There is no `=`.
    #[error("an access key is given as ID=SECRET")]
    NoSecret,
    /// One of both is empty.
    #[error("neither the id nor the secret of an access key may be empty")]
    Empty,
    /// The id has a character that a signature cannot name.
    #[error("the id of an access key consists of letters, digits, '_' and '-'")]
    Id,
}

impl AccessKeys {
    /// Adds a key that is given as `ID=SECRET`.
    ///
    /// # Errors
    /// When it is not.
    pub fn add(&mut self, given: &str) -> Result<(), KeyError> {
        let (id, secret) = given.split_once('=').ok_or(KeyError::NoSecret)?;
        if id.is_empty() || secret.is_empty() {
            return Err(KeyError::Empty);
        }
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')) {
            return Err(KeyError::Id);
        }
        self.0.insert(id.to_owned(), secret.to_owned());
        Ok(())
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn secret(&self, id: &str) -> Option<&str> {
        self.0.get(id).map(String::as_str)
    }
}

/// Secrets are not shown.
impl fmt::Debug for AccessKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
