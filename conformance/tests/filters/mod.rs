//! The one table of what snapshots leave out, for all of the project's snapshots.

/// Texts that differ without a difference, and what stands for them.
const FILTERS: [(&str, &str); 5] = [
    // Ids drawn from a seed, wherever they stand.
    (r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "[uuid]"),
    // Task tokens.
    (r#"\\*"[Tt]oken\\*":\\*"[^"\\]+"#, "[token]"),
    // Files that a test wrote, wherever the target folder is.
    (r"[^\s\[:`']*/tmp/", "[tmp]/"),
    // Our own version.
    (r"stepclock \d+\.\d+\.\d+", "stepclock [version]"),
    // How an operating system says that a file is not there.
    (
        r"No such file or directory \(os error 2\)|The system cannot find the file specified\. \(os error 2\)",
        "[not found]",
    ),
];

/// Settings with the table, for `bind`.
pub(crate) fn settings() -> insta::Settings {
    let mut settings = insta::Settings::clone_current();
    settings.set_omit_expression(true);
    settings.set_prepend_module_to_snapshot(false);
    for (pattern, replacement) in FILTERS {
        settings.add_filter(pattern, replacement);
    }
    settings
}
