//! `stepclock promote`: a case becomes a regression test.

use stepclock_conformance::case::{Case, load};

use crate::args::PromoteArgs;
use crate::error::CliError;
use crate::print_text;

pub(crate) fn promote(args: &PromoteArgs) -> Result<bool, CliError> {
    let problem = |message: &str| CliError::Option { option: "name", message: message.to_owned() };
    let fits =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '-';
    if args.name.is_empty() || !args.name.chars().all(fits) {
        return Err(problem("a name has lower-case letters, digits and hyphens"));
    }
    let case = load(&args.case)?;
    let folder = args.into.file_name().and_then(|name| name.to_str()).unwrap_or("regressions");
    let case = Case {
        id: format!("{folder}/{}", args.name),
        rule: Some(args.rule.clone()),
        source: args.source.clone(),
        ..case
    };
    let path = args.into.join(format!("{}.json", args.name));
    if path.exists() {
        return Err(problem(&format!("{} is there already", path.display())));
    }
    let write = |source| CliError::Write { path: path.clone(), source };
    std::fs::create_dir_all(&args.into).map_err(write)?;
    std::fs::write(&path, case.to_text()).map_err(write)?;
    print_text(&format!("{}\n", path.display()))?;
    Ok(true)
}
