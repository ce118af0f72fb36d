//! The same cases in three worlds: the simulated one in this process, a server with simulated time, a server with real
//! time. Their histories must be the same.
//!
//! Between the simulated ones everything is compared, every moment included. In real time nothing may come earlier than
//! it does in simulated time, and events of branches that run at once may come in another order. What a world cannot
//! do stands in `worlds.toml`, and the list is strict.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Mutex;

use libtest_mimic::{Failed, Trial};
use serde_json::Value;
use stepclock_conformance::case::{Case, Kind, Machine};
use stepclock_conformance::engine::{Budget, Engine, Execution, Observation, Ran, ReferenceEngine};
use stepclock_conformance::judge::Verdict;
use stepclock_conformance::known_gaps::KnownGaps;
use stepclock_conformance::suite::{Outcome, Selection, check};
use stepclock_engine::data::Timestamp;

use crate::executions::{Time, observe, skip};

/// Longer executions are not run in real time, in milliseconds.
const REAL_MS_MAX: i64 = 2_000;
/// Executions that run in real time at once: most of the time they wait.
const AT_ONCE: usize = 48;
/// Cases that are compared, at least.
const SIMULATED_MIN: usize = 240;
const REAL_MIN: usize = 180;
/// How long a drawn name is.
const UUID: usize = 36;
/// How long a task token is.
const TOKEN: usize = 64;

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        Trial::test("worlds/simulated", || {
            let compared = compare("simulated", 2, |case, simulated| {
                let (seen, _) = observe(case, Time::Simulated)?;
                Ok(difference(simulated, &seen))
            })?;
            enough(compared, SIMULATED_MIN)
        }),
        Trial::test("worlds/real", || {
            let compared = compare("real", AT_ONCE, |case, simulated| {
                if simulated.duration_ms().is_none_or(|ms| ms > REAL_MS_MAX) {
                    return Err("it takes too long in real time".to_owned());
                }
                let (seen, _) = observe(case, Time::Real)?;
                Ok(difference_in_real_time(case, simulated, &seen))
            })?;
            enough(compared, REAL_MIN)
        }),
    ]
}

fn enough(compared: usize, least: usize) -> Result<(), Failed> {
    match compared >= least {
        true => Ok(()),
        false => Err(format!("only {compared} cases were compared").into()),
    }
}

/// Runs every case in the simulated world and in another one; gives the number of those that were compared.
fn compare(
    world: &str,
    at_once: usize,
    other: impl Fn(&Case, &Execution) -> Result<Option<String>, String> + Sync,
) -> Result<usize, Failed> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/worlds.toml");
    let gaps = KnownGaps::read(&file)?;
    let cases: Vec<Case> = Selection::own()
        .entries()?
        .into_iter()
        .map(|entry| entry.case())
        .collect::<Result<_, _>>()?;
    let next = Mutex::new(cases.iter());
    let outcomes = Mutex::new(BTreeMap::new());
    std::thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let case = next.lock().expect("nobody panicked").next();
                    let Some(case) = case else { break };
                    let verdict = verdict(case, &other);
                    // Gaps name the world before the case.
                    let outcome = check(&format!("{world}/{}", case.id), verdict, &gaps);
                    outcomes.lock().expect("nobody panicked").insert(&case.id, outcome);
                }
            });
        }
    });
    let outcomes = outcomes.into_inner().expect("nobody panicked");
    let mut skipped = BTreeMap::<String, usize>::new();
    let (mut compared, mut failed) = (0, Vec::new());
    for (id, outcome) in outcomes {
        match outcome {
            Outcome::Passed => compared += 1,
            Outcome::KnownGap(_) => {}
            Outcome::Skipped(reason) => *skipped.entry(reason).or_default() += 1,
            Outcome::Failed(reason) => failed.push(format!("{id}: {reason}")),
        }
    }
    println!("{world}: {compared} compared, skipped: {skipped:#?}");
    match failed.is_empty() {
        true => Ok(compared),
        false => Err(failed.join("\n").into()),
    }
}

fn verdict(
    case: &Case,
    other: impl Fn(&Case, &Execution) -> Result<Option<String>, String>,
) -> Verdict {
    if !matches!(case.kind, Kind::History | Kind::Result) {
        return Verdict::Skip("it is not about a history".to_owned());
    }
    if let Some(reason) = skip(case) {
        return Verdict::Skip(reason);
    }
    let simulated = match ReferenceEngine::new().run(case, &Budget::default()) {
        Ran::Ran(Observation::Execution(seen)) => seen,
        Ran::Skipped(reason) => return Verdict::Skip(reason),
        other => return Verdict::Fail(format!("in process: {other:?}")),
    };
    match other(case, &simulated) {
        Ok(None) => Verdict::Pass,
        Ok(Some(difference)) => Verdict::Fail(difference),
        Err(reason) => Verdict::Skip(reason),
    }
}

/// The first difference between two histories; drawn names stand for themselves.
fn difference(one: &Execution, other: &Execution) -> Option<String> {
    let (one, other) = (named(&one.history), named(&other.history));
    let place = (0..one.len().max(other.len())).find(|at| one.get(*at) != other.get(*at))?;
    let shown = |events: &[Value]| events.get(place).map_or("nothing".to_owned(), Value::to_string);
    Some(format!("event {}: in process {}\n  there {}", place + 1, shown(&one), shown(&other)))
}

fn difference_in_real_time(case: &Case, simulated: &Execution, real: &Execution) -> Option<String> {
    let early = early(&simulated.history, &real.history);
    let timeless = |seen: &Execution| named(&without_moments(&seen.history, seen));
    let (mut one, mut other) = (timeless(simulated), timeless(real));
    one.iter_mut().chain(&mut other).for_each(forget_moment);
    if one == other {
        return early;
    }
    let at = (0..one.len().max(other.len())).find(|at| one.get(*at) != other.get(*at))?;
    if runs_at_once(case) {
        let sorted = |mut events: Vec<Value>| {
            events.iter_mut().for_each(forget_ids);
            let mut texts: Vec<_> = events.iter().map(Value::to_string).collect();
            texts.sort();
            texts
        };
        let is_whole = real.duration_ms() >= simulated.duration_ms();
        if is_whole && sorted(one.clone()) == sorted(other.clone()) {
            return None;
        }
    }
    let shown = |events: &[Value]| events.get(at).map_or("nothing".to_owned(), Value::to_string);
    Some(format!("event {}: simulated {}\n  real {}", at + 1, shown(&one), shown(&other)))
}

/// The first event that comes earlier after the start than in simulated time.
fn early(simulated: &[Value], real: &[Value]) -> Option<String> {
    let since_start = |events: &[Value], at: usize| {
        let ms = |event: &Value| event["timestamp"].as_f64().map(|s| (s * 1_000.0).round());
        Some(ms(events.get(at)?)? - ms(events.first()?)?)
    };
    (0..simulated.len()).find_map(|at| {
        let (due, came) = (since_start(simulated, at)?, since_start(real, at)?);
        (came < due).then(|| format!("event {}: it came after {came} ms, not {due} ms", at + 1))
    })
}

/// Whether branches or iterations run at once, so that two worlds may tell of them in another order.
fn runs_at_once(case: &Case) -> bool {
    let machine = case.definition.as_ref().map(Machine::new).unwrap_or_default();
    machine.states().any(|state| matches!(state.kind(), "Parallel" | "Map"))
}

fn forget_moment(event: &mut Value) {
    if let Value::Object(members) = event {
        members.shift_remove("timestamp");
    }
}

fn forget_ids(event: &mut Value) {
    if let Value::Object(members) = event {
        members.shift_remove("id");
        members.shift_remove("previousEventId");
    }
}

/// Events in whose data moments of the execution stand for themselves.
fn without_moments(history: &[Value], seen: &Execution) -> Vec<Value> {
    let span = seen.started_ms..=seen.stopped_ms.unwrap_or(i64::MAX);
    let is_moment = |word: &str| {
        let date = || Timestamp::parse_rfc3339(word).ok().map(Timestamp::as_millis);
        let ms = word.parse().ok().or_else(date);
        ms.is_some_and(|ms| span.contains(&ms))
    };
    let of_word = |char: char| char.is_ascii_alphanumeric() || matches!(char, '-' | ':' | '.');
    let text = Value::from(history).to_string();
    let words = text.split(|char| !of_word(char)).map(|word| word.trim_matches([':', '.']));
    let mut words: Vec<&str> = words.filter(|word| is_moment(word)).collect();
    // A moment may begin with another.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    let timeless = words.iter().fold(text.clone(), |text, word| text.replace(word, "0"));
    serde_json::from_str(&timeless).unwrap_or_default()
}

/// Events with drawn names replaced by the order in which they come.
fn named(history: &[Value]) -> Vec<Value> {
    let text = Value::from(history).to_string();
    let is_name = |char: char| char.is_ascii_hexdigit() || char == '-';
    let mut names: Vec<&str> = Vec::new();
    for word in text.split(|char| !is_name(char)) {
        let is_uuid = word.len() == UUID && word.matches('-').count() == 4;
        if (is_uuid || word.len() == TOKEN) && !names.contains(&word) {
            names.push(word);
        }
    }
    let replaced = names
        .iter()
        .enumerate()
        .fold(text.clone(), |text, (number, name)| text.replace(name, &format!("name-{number}")));
    serde_json::from_str(&replaced).unwrap_or_default()
}
