//! What the suite consists of: files by group, and seeds.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::case::{Case, LoadError, find, load};

/// Where a case comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Written for the suite.
    Suite,
    /// Once found by random testing, and shrunk.
    Regressions,
    /// Recorded on AWS.
    Recorded,
    /// Named by who runs the suite.
    Given,
    /// Generated from a seed.
    Random,
}

impl Group {
    /// The name that its tests begin with.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Suite => "suite",
            Self::Regressions => "regressions",
            Self::Recorded => "recorded",
            Self::Given => "given",
            Self::Random => "random",
        }
    }
}

/// One case of the suite, not read yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it comes from.
    pub group: Group,
    source: Source,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Source {
    File { folder: PathBuf, file: PathBuf },
    Seed(u64),
}

impl Entry {
    /// Whether it is the random case of a seed.
    #[must_use]
    pub const fn is_random(&self) -> bool {
        matches!(self.source, Source::Seed(_))
    }

    /// Reads or generates the case.
    ///
    /// # Errors
    /// When its file is not a case.
    pub fn case(&self) -> Result<Case, LoadError> {
        match &self.source {
            Source::File { file, .. } => load(file),
            Source::Seed(seed) => Ok(crate::generate::from_seed(*seed)),
        }
    }

    /// Its file, if it has one.
    #[must_use]
    pub fn file(&self) -> Option<&Path> {
        match &self.source {
            Source::File { file, .. } => Some(file),
            Source::Seed(_) => None,
        }
    }
}

impl fmt::Display for Entry {
    /// Its name among all tests: `suite/pass/four-events`, `random/17`; a given one is named by its path.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Source::File { file, .. } if self.group == Group::Given => {
                write!(f, "{}", file.with_extension("").display())
            }
            Source::File { folder, file } => {
                let relative = file.strip_prefix(folder).unwrap_or(file).with_extension("");
                write!(f, "{}/{}", self.group.name(), relative.display())
            }
            Source::Seed(seed) => write!(f, "{}/{seed}", self.group.name()),
        }
    }
}

/// Which cases to run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Files of cases and folders of them.
    pub folders: Vec<(Group, PathBuf)>,
    /// Seeds of random cases.
    pub seeds: Range<u64>,
}

impl Selection {
    /// The cases that come with this crate: the suite and the regressions.
    #[must_use]
    pub fn own() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let corpus = root.parent().unwrap_or(root).join("corpus");
        let folders = [(Group::Suite, "suite"), (Group::Regressions, "regressions")];
        let folders = folders.map(|(group, name)| (group, corpus.join(name)));
        // There is no folder of regressions before the first one.
        let exists = |(group, folder): &(Group, PathBuf)| *group == Group::Suite || folder.exists();
        Self { folders: folders.into_iter().filter(exists).collect(), seeds: 0..0 }
    }

    /// Whether recorded cases are among them.
    #[must_use]
    pub fn has_recorded(&self) -> bool {
        self.folders.iter().any(|(group, _)| *group == Group::Recorded)
    }

    /// All of them, in a fixed order.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn entries(&self) -> Result<Vec<Entry>, LoadError> {
        let mut entries = Vec::new();
        for (group, folder) in &self.folders {
            entries.extend(find(folder)?.into_iter().map(|file| Entry {
                group: *group,
                source: Source::File { folder: folder.clone(), file },
            }));
        }
        let random = |seed| Entry { group: Group::Random, source: Source::Seed(seed) };
        entries.extend(self.seeds.clone().map(random));
        Ok(entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_group_and_place() {
        let entries = Selection::own().entries().expect("the suite can be read");
        let names: Vec<String> = entries.iter().map(ToString::to_string).collect();
        assert!(names.contains(&"suite/pass/four-events".to_owned()), "{names:?}");
        let random = Selection { folders: Vec::new(), seeds: 7..9 }.entries();
        let names: Vec<String> = random.iter().flatten().map(ToString::to_string).collect();
        assert_eq!(names, ["random/7", "random/8"]);
    }
}
