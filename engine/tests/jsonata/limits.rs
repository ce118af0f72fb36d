//! What AWS bounds, and what must not take the engine down.

use serde_json::json;
use stepclock_engine::data::measure;
use stepclock_engine::expr::Jsonata;

use super::{DEPTH, MEMORY, NOTHING, TIMEOUT, World, failure, run, thrown, value};

/// Nesting AWS accepts and, one deeper, refuses (measured).
#[test]
fn nesting_is_bounded_where_aws_bounds_it() {
    let chain = |terms: usize| format!("1{}", "+1".repeat(terms - 1));
    let nested =
        |open: &str, close: &str, n: usize| format!("{}1{}", open.repeat(n), close.repeat(n));
    assert_eq!(value(&chain(100)), json!(100));
    assert_eq!(thrown(&chain(101)), DEPTH);
    assert_eq!(value(&nested("(", ")", 99)), json!(1));
    assert_eq!(thrown(&nested("(", ")", 100)), DEPTH);
    assert!(value(&nested("[", "]", 99)).is_array());
    assert_eq!(thrown(&nested("[", "]", 100)), DEPTH);
    let applied = |n: usize| format!("1{}", "~>$string".repeat(n));
    assert_eq!(value(&applied(99)), json!("1"));
    assert_eq!(thrown(&applied(100)), DEPTH);
    let recursion =
        |n: usize| format!("($f := function($x){{ $x <= 0 ? 0 : 1 + $f($x-1) }}; $f({n}))");
    assert_eq!(value(&recursion(31)), json!(31));
    assert_eq!(thrown(&recursion(32)), DEPTH);
    // The same through variables and `$states`, which are bound around the expression.
    let world = World::new(json!({"one": 1})).with("v", json!(1));
    let chain = |terms: usize| format!("$states.input.one+$v{}", "+1".repeat(terms - 2));
    assert_eq!(world.run(&chain(99)).expect("is shallow enough"), json!(99));
    assert!(world.run(&chain(101)).expect_err("is too deep").cause.ends_with(DEPTH));
}

/// Values AWS accepts and, one element or doubling larger, refuses (measured).
#[test]
fn values_are_bounded_where_aws_bounds_them() {
    assert_eq!(value("[1..873782] ~> $count()"), json!(873_782));
    assert_eq!(thrown("[1..873783] ~> $count()"), MEMORY);
    assert_eq!(thrown("$sum([1..900000])"), MEMORY);
    assert_eq!(value("$sum($map([1..200000], function($v){$v * 2}))"), json!(40_000_200_000_i64));
    let doubled = |n: usize| {
        format!(
            "($p := function($s, $n) {{ $n = 0 ? $s : $p($s & $s, $n - 1) }}; $length($p('x', {n})))"
        )
    };
    assert_eq!(value(&doubled(22)), json!(4_194_304));
    assert_eq!(thrown(&doubled(23)), MEMORY);
    assert_eq!(thrown(&doubled(60)), MEMORY);
}

#[test]
fn what_never_ends_is_stopped() {
    assert_eq!(thrown("($f := function($x){ $f($x+1) }; $f(1))"), TIMEOUT);
    assert_eq!(thrown("($f := function($x){ 1 + $f($x+1) }; $f(1))"), DEPTH);
    // Ever larger, and many large ones.
    assert_eq!(thrown("($f := function($x){ $f($x & 'a') }; $f(''))"), MEMORY);
    assert_eq!(thrown("[1..800000].$pad('', 1000000, 'x')"), MEMORY);
    assert_eq!(thrown("($a := [1..800000]; [1..800000].$sum($a))"), TIMEOUT);
    assert_eq!(thrown("$distinct([1..800000])"), MEMORY);
    assert_eq!(thrown("[1..800000]{$string($): $} ~> $keys"), MEMORY);
    assert_eq!(thrown("$match('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', /^(a+)+$/)"), TIMEOUT);
}

#[test]
fn a_large_input_repeated_is_stopped() {
    let world = World::new(json!({"list": vec!["x".repeat(100); 1_000], "n": vec![1; 1_000]}));
    let error = world.run("$states.input.n.{\"all\": $states.input}").expect_err("is too large");
    assert!(error.cause.ends_with(MEMORY), "{}", error.cause);
}

#[test]
fn hostile_sources_are_errors() {
    for source in ["(".repeat(100_000), "[".repeat(200_000), "-".repeat(100_000) + "1"] {
        assert!(Jsonata::compile(&source).is_err());
    }
    assert!(Jsonata::compile(&format!("1{}", "+1".repeat(50_000))).is_err());
    let long = format!("[{}1]", "1,".repeat(500_000));
    assert_eq!(value(&long).as_array().map(Vec::len), Some(500_001));
    let text = format!("'{}'", "x".repeat(1_000_000));
    assert_eq!(value(&text).as_str().map(str::len), Some(1_000_000));
    let path = format!("$states.input{}", ".a".repeat(900));
    assert_eq!(failure(&path), NOTHING);
}

#[test]
fn deeply_nested_values_are_stopped() {
    for source in [
        "$reduce([1..200000], function($a, $b){[$a]})",
        "$reduce([1..200000], function($a, $b){ {'a': $a} })",
        "$count($reduce([1..200000], function($a, $b){[[$a]]}))",
        "$string($reduce([1..200000], function($a, $b){[$a]}))",
        "($f := function($x, $n){ $n = 0 ? $x : $f([$x], $n - 1) }; $f(1, 200000))",
        "($f := function($x, $n){ $n = 0 ? $x : $f([$x], $n - 1) }; $f(1, 1500) = $f(1, 1500))",
        "$reduce([1..50000], function($a, $b){ function(){ $a } })",
        "($f := function($x, $n){ $n = 0 ? $x : $f($x ~> $uppercase, $n - 1) }; $f($string, 50000))",
        "($f := function($x, $n){ $n = 0 ? $x : $f(|$x|{}|, $n - 1) }; $f($string, 50000))",
        "$reduce([1..50000], function($a, $b){ $substring(?, $a) })",
        "$parse($pad('', 100000, '['))",
    ] {
        match run(source) {
            Ok(value) => assert!(measure(&value).is_some(), "{source}"),
            Err(error) => assert!(error.cause.contains("threw an error"), "{}", error.cause),
        }
    }
}
