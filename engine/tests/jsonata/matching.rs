//! Functions with a regular expression.

use rstest::rstest;
use serde_json::{Value, json};

use super::{thrown, value};

#[test]
fn matching_a_long_text_takes_time_with_its_length() {
    // 6 million matches would take the library hours.
    let long = "($s := $pad('', 600000, 'x'); ";
    assert_eq!(value(&format!("{long}$length($replace($s, /x/, 'yy')))")), json!(1_200_000));
    assert_eq!(value(&format!("{long}$count($split($s, /x/)))")), json!(600_001));
    assert_eq!(value("$count($match($pad('', 40000, 'ab'), /a(b)/))"), json!(20_000));
    let with_function =
        "$replace($pad('', 20000, 'x'), /x/, function($m) { $string($m.end - $m.start) })";
    assert_eq!(value(with_function), json!("1".repeat(20_000)));
}

#[rstest]
// All as jsonata-js 2.0.6 answers.
#[case("$match('ab', /(a)|(b)/).groups", json!(["a", null, null, "b"]))]
#[case("$exists($match('b', /(a)?b/).groups[0])", json!(false))]
#[case("$match('a𝄞a', /a/).index", json!([0, 3]))]
#[case("$replace('b', /(a)?b/, '[$1]')", json!("[]"))]
#[case("$replace('ab', /(a)?b?/, function($m) { $string($count($m.groups)) }, 1)", json!("1"))]
#[case("'a-b' ~> $split(/-/)", json!(["a", "b"]))]
#[case("['a1', 'b', '2'][$contains(/[0-9]/)]", json!(["a1", "2"]))]
#[case("['xay', 'z'].$replace(/a/, '-')", json!(["x-y", "z"]))]
#[case("$split('aXbxc', /x/i, 2)", json!(["a", "b"]))]
#[case("$split('a b', / /)[0] & $match('x1', /\\d/).match", json!("a1"))]
#[case("$exists($replace('aa', /a/, 5))", json!(false))]
#[case("$match('', /x?/)", json!({"match": "", "index": 0, "groups": []}))]
#[case("$replace('', /x?/, 'y')", json!("y"))]
#[case("$split('', /x?/)", json!(["", ""]))]
#[case("$split('abc', /b/, 0)", json!([]))]
#[case("$replace('abc', /b/, 'x', 0)", json!("abc"))]
#[case("$replace('a', /a/, '$5$')", json!("$"))]
#[case("$replace('ab', /(a)(b)/, '$2$1$3$12')", json!("baa2"))]
#[case("($re := /b/; $replace('abc', $re, '-'))", json!("a-c"))]
#[case("($f := $replace(?, /b/, '-'); $f('abc'))", json!("a-c"))]
#[case("($replace := function($a, $b, $c) { $c }; $replace('abc', /b/, 'own'))", json!("own"))]
#[case("$contains('8/4', /8\\/4/) ? 8 / 4 : 0", json!(2))]
fn matching(#[case] source: &str, #[case] expected: Value) {
    assert_eq!(value(source), expected);
}

#[rstest]
// All as jsonata-js 2.0.6 answers.
#[case(
    "$replace(5, /a/, 'b')",
    ". T0410: Argument 1 of function \"replace\" does not match function signature"
)]
#[case(
    "$split(5, /a/)",
    ". T0410: Argument 1 of function \"split\" does not match function signature"
)]
#[case(
    "$match('a', /a/, 'x')",
    ". T0410: Argument 3 of function \"match\" does not match function signature"
)]
#[case(
    "$split('a', /a/, -1)",
    ". D3020: Third argument of split function must evaluate to a positive number"
)]
#[case(
    "$match('a', /a/, -1)",
    ". D3040: Third argument of match function must evaluate to a positive number"
)]
#[case(
    "$replace('a', /a/, 'b', -1)",
    ". D3011: Fourth argument of replace function must evaluate to a positive number"
)]
#[case(
    "$replace('a', /a/, function($m) { 1 })",
    ". D3012: Attempted to replace a matched string with a non-string value"
)]
#[case("$match('ab', /x*/)", ". D1004: Regular expression matches zero length string")]
fn matching_refused(#[case] source: &str, #[case] expected: &str) {
    assert_eq!(thrown(source), expected);
}
