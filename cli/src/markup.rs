//! Text inside SVG and HTML.

/// Text as markup shows it: no character of it is syntax.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_is_syntax() {
        assert_eq!(escaped("<a b=\"c\">&\n</a>"), "&lt;a b=&quot;c&quot;&gt;&amp; &lt;/a&gt;");
    }
}
