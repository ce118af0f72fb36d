//! What the engine costs, workload by workload. `cargo bench` prints them; README.md has a table.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion, Throughput, criterion_main};
use serde_json::{Value, json};
use stepclock_benches as work;
use stepclock_engine::asl::{Definition, WorkflowType, compile};
use stepclock_engine::data::{Payload, Timestamp};
use stepclock_engine::execution::{Effect, Input};

fn echo(parameters: &Payload) -> Result<Payload, &'static str> {
    Ok(parameters.clone())
}

/// Runs one execution an iteration; throughput is in history events.
fn runs(criterion: &mut Criterion, name: &str, source: &Value, input: &Payload) {
    let definition = work::definition(source);
    // A history has room for 25,000 events; the larger Maps need the type that has no such limit.
    let express = name.starts_with("map");
    let start = |definition: &Arc<Definition>| {
        let execution = work::execution(definition, express);
        work::run(execution, input.clone(), echo)
    };
    let mut group = criterion.benchmark_group(name);
    group.throughput(Throughput::Elements(start(&definition).history.len() as u64));
    group.bench_function("run", |bencher| bencher.iter(|| start(&definition)));
    group.finish();
}

fn language(criterion: &mut Criterion) {
    let text = work::twenty_states().to_string();
    let mut group = criterion.benchmark_group("compile");
    group.throughput(Throughput::Bytes(text.len() as u64));
    group.bench_function("20 states", |bencher| {
        bencher.iter(|| compile(black_box(&text), WorkflowType::Standard));
    });
    group.finish();
}

fn states(criterion: &mut Criterion) {
    let empty = Payload::empty_object();
    runs(criterion, "pass 1", &work::pass_chain(1), &empty);
    runs(criterion, "pass 10", &work::pass_chain(10), &empty);
    runs(criterion, "pass 1000", &work::pass_chain(1_000), &empty);
    let kind = Payload::new(json!({"order": {"kind": 49}}));
    runs(criterion, "choice 50 rules", &work::choice(50), &kind);
    for count in [100, 1_000, 10_000] {
        let items: Vec<_> = (0..count).collect();
        let input = Payload::new(json!({"items": items}));
        runs(criterion, &format!("map {count}"), &work::map(), &input);
    }
    runs(criterion, "parallel 100", &work::parallel(100), &empty);
    runs(criterion, "nested 5", &work::nested(5), &empty);
    runs(criterion, "year-long wait", &work::year_long_wait(), &empty);
    runs(criterion, "jsonpath transform", &work::json_path_transform(), &work::order());
    runs(criterion, "jsonata transform", &work::jsonata_transform(), &work::order());
}

fn retries(criterion: &mut Criterion) {
    let definition = work::definition(&work::retry_ladder());
    criterion.bench_function("retry ladder/run", |bencher| {
        bencher.iter(|| {
            let execution = work::execution(&definition, false);
            work::run(execution, Payload::empty_object(), |_| Err("Down"))
        });
    });
}

/// Rebuilding an execution from its journal: the same inputs at the same moments.
fn replay(criterion: &mut Criterion) {
    let definition = work::definition(&work::endless_loop());
    let journal = [(Timestamp::DEFAULT_EPOCH, Input::Start { input: Payload::empty_object() })];
    let mut group = criterion.benchmark_group("replay 25000 events");
    group.throughput(Throughput::Elements(25_000));
    group.bench_function("journal", |bencher| {
        bencher.iter_batched(
            || (work::execution(&definition, false), Vec::<Effect>::with_capacity(25_100)),
            |(mut execution, mut effects)| {
                for (now, input) in journal.clone() {
                    execution.apply(now, input, &mut effects).expect("the journal fits");
                }
                effects
            },
            BatchSize::LargeInput,
        );
    });
    group.finish();
}

mod groups {
    //! The macro makes a public function, which a module keeps to itself.
    use super::{language, replay, retries, states};
    criterion::criterion_group!(benches, language, states, retries, replay);
}
use groups::benches;
criterion_main!(benches);
