//! Pages of lists, and the tokens that lead from one to the next.
//!
//! A token says where in which list it leads; nothing of it is kept. It is signed, so that one that we did not
//! give is told from one that we did, and holds for a day.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};
use stepclock_engine::data::Timestamp;

use crate::error::ApiError;

/// Entries of a page when nothing is asked for, or 0 is.
const PAGE_DEFAULT: usize = 100;

/// How long a token holds, in milliseconds.
const TOKEN_MS: i64 = 24 * 3_600 * 1_000;

/// Bytes of a token's signature.
const SIGNATURE: usize = 12;

/// The members of a request that ask for a page.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Page {
    /// `maxResults`.
    pub(super) max_results: Option<u64>,
    /// `nextToken`.
    pub(super) next_token: Option<String>,
}

/// One list: what tells its tokens from those of others.
#[derive(Debug, Clone)]
pub(super) struct List {
    /// The server's seed.
    pub(super) seed: u64,
    /// The operation with what it lists, such as the state machine.
    pub(super) of: String,
    /// Now.
    pub(super) now: Timestamp,
}

impl Page {
    /// Entries of this page.
    pub(super) fn size(&self) -> usize {
        match self.max_results {
            None | Some(0) => PAGE_DEFAULT,
            Some(size) => usize::try_from(size).unwrap_or(usize::MAX),
        }
    }

    /// The place after which the page starts; `None` for the first page.
    pub(super) fn after(&self, list: &List) -> Result<Option<String>, ApiError> {
        let Some(token) = &self.next_token else { return Ok(None) };
        let invalid = || ApiError::new("InvalidToken", "Invalid Token: 'Invalid token'");
        list.open(token).map(Some).ok_or_else(invalid)
    }

    /// The same in a list whose places are numbers from 1: 0 for the first page.
    pub(super) fn place(&self, list: &List) -> Result<u64, ApiError> {
        let after = self.after(list)?;
        Ok(after.and_then(|place| place.parse().ok()).unwrap_or(0))
    }

    /// Cuts the entries, which start after [`Self::after`], to the page's size; gives the token of the next page
    /// if there are more. `place` says where an entry stands in the list.
    pub(super) fn cut<T>(
        &self,
        list: &List,
        entries: impl Iterator<Item = T>,
        place: impl FnOnce(&T) -> String,
    ) -> (Vec<T>, Option<String>) {
        let size = self.size();
        let mut entries: Vec<T> = entries.take(size.saturating_add(1)).collect();
        let more = entries.len() > size;
        entries.truncate(size);
        let token = entries.last().filter(|_| more).map(|last| list.token(&place(last)));
        (entries, token)
    }
}

impl List {
    /// The token that leads to what comes after a place.
    fn token(&self, place: &str) -> String {
        let payload = format!("{}.{place}", self.now.as_millis());
        let mut bytes = self.signature(&payload);
        bytes.extend(payload.into_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The place a token leads to, if it is one of this list and not too old.
    fn open(&self, token: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
        let (signature, payload) = bytes.split_at_checked(SIGNATURE)?;
        let payload = std::str::from_utf8(payload).ok()?;
        if self.signature(payload) != signature {
            return None;
        }
        let (given, place) = payload.split_once('.')?;
        let age = self.now.as_millis() - given.parse::<i64>().ok()?;
        (age <= TOKEN_MS).then(|| place.to_owned())
    }

    fn signature(&self, payload: &str) -> Vec<u8> {
        let mut hash = Sha256::new();
        hash.update(self.seed.to_le_bytes());
        hash.update(self.of.as_bytes());
        hash.update([0]);
        hash.update(payload.as_bytes());
        hash.finalize()[..SIGNATURE].to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(of: &str, now: i64) -> List {
        List { seed: 1, of: of.to_owned(), now: Timestamp::from_millis(now) }
    }

    fn page(size: u64, token: Option<String>) -> Page {
        Page { max_results: Some(size), next_token: token }
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let all: Vec<u64> = (1..=7).collect();
        let list = list("numbers", 0);
        let (mut seen, mut token, mut pages) = (Vec::new(), None, 0);
        loop {
            let page = page(3, token);
            let after = page.after(&list).expect("our own token");
            let after = after.map_or(0, |place| place.parse().expect("a number"));
            let rest = all.iter().copied().filter(|number| *number > after);
            let (entries, next) = page.cut(&list, rest, u64::to_string);
            seen.extend(entries);
            pages += 1;
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!((seen, pages), (all, 3));
    }

    #[test]
    fn a_page_that_is_just_full_has_no_token() {
        let (entries, token) = page(3, None).cut(&list("n", 0), 1..=3_u64, u64::to_string);
        assert_eq!((entries.len(), token), (3, None));
        assert_eq!(page(0, None).size(), PAGE_DEFAULT);
    }

    #[test]
    fn a_token_holds_for_its_list_and_a_day() {
        let (_, token) = page(1, None).cut(&list("a", 0), 1..=3_u64, u64::to_string);
        let token = token.expect("there is more");
        let open = |of: &str, now| page(1, Some(token.clone())).after(&list(of, now));
        assert_eq!(open("a", TOKEN_MS), Ok(Some("1".to_owned())));
        for refused in [open("a", TOKEN_MS + 1), open("b", 0)] {
            let error = refused.expect_err("it does not hold");
            // Recorded of ListStateMachineAliases.
            assert_eq!(error.to_string(), "InvalidToken: Invalid Token: 'Invalid token'");
        }
        for foreign in ["InvalidToken", "", "AAAA", "ü"] {
            assert!(page(1, Some(foreign.to_owned())).after(&list("a", 0)).is_err(), "{foreign}");
        }
    }
}
