//! The harness itself: how many random cases a second, with the allocator of the command.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, Throughput, criterion_main};
use stepclock_conformance::campaign::shrink_failure;
use stepclock_conformance::coverage::constructs;
use stepclock_conformance::engine::{Budget, Mutation, ReferenceEngine};
use stepclock_conformance::generate;
use stepclock_conformance::model;
use stepclock_conformance::oracle::judge_case;
use stepclock_engine::asl::{WorkflowType, compile};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn generate_cases(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("generate");
    group.throughput(Throughput::Elements(1));
    group.bench_function("case", |bencher| {
        let mut seed = 0;
        bencher.iter(|| {
            seed += 1;
            black_box(generate::from_seed(seed))
        });
    });
    group.bench_function("invalid definition", |bencher| {
        let mut seed = 0;
        bencher.iter(|| {
            seed += 1;
            black_box(generate::invalid_from_seed(seed))
        });
    });
    let cases: Vec<_> = (0..1_000).map(generate::from_seed).collect();
    group.bench_function("construct coverage", |bencher| {
        let mut cases = cases.iter().cycle();
        bencher.iter(|| cases.next().map(constructs));
    });
    group.finish();
}

/// What the independent model costs on every random case.
fn model_cases(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("model");
    group.throughput(Throughput::Elements(1));
    let cases: Vec<_> = (0..1_000).map(generate::from_seed).collect();
    group.bench_function("case", |bencher| {
        let mut cases = cases.iter().cycle();
        bencher.iter(|| cases.next().map(model::run));
    });
    group.finish();
}

/// What a random case costs from its seed to the verdict of every oracle.
fn judge_cases(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("judge");
    group.throughput(Throughput::Elements(1));
    let (engine, budget) = (ReferenceEngine::new(), Budget::default());
    group.bench_function("case", |bencher| {
        let mut seed = 0;
        bencher.iter(|| {
            seed = (seed + 1) % 20_000;
            judge_case(&generate::from_seed(seed), &engine, &budget)
        });
    });
    group.finish();
}

/// What it takes to make a failing case small, for bugs of different kinds.
fn shrink_cases(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("shrink");
    group.sample_size(10);
    for name in ["map-completion-order", "retry-ignores-max-delay", "result-path-null-drops-input"]
    {
        let mutation = Mutation::named(name).expect("is a mutant");
        let (engine, budget) = (ReferenceEngine::with_mutation(mutation), Budget::default());
        let failing = (0..).find_map(|seed| {
            let case = generate::from_seed(seed);
            let violations = judge_case(&case, &engine, &budget).findings.violations;
            violations.into_iter().next().map(|violation| (case, violation))
        });
        let Some((case, violation)) = failing else { continue };
        group.bench_function(name, |bencher| {
            bencher.iter(|| shrink_failure(&case, &violation, &engine, &budget, 3_000));
        });
    }
    group.finish();
}

/// Every fuzz target over its committed seeds: executions a second without libFuzzer's instrumentation.
fn fuzz_targets(criterion: &mut Criterion) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../corpus/fuzz");
    let mut group = criterion.benchmark_group("fuzz");
    group.throughput(Throughput::Elements(1));
    for (name, target) in stepclock_fuzz_targets::TARGETS {
        let seeds = seeds(&corpus.join(name));
        let mut seeds = seeds.iter().cycle();
        group.bench_function(*name, |bencher| {
            bencher.iter(|| seeds.next().map(|seed| target(seed)));
        });
    }
    let texts = seeds(&corpus.join("definition"));
    let mut texts = texts.iter().filter_map(|seed| std::str::from_utf8(seed).ok()).cycle();
    group.bench_function("compile alone", |bencher| {
        bencher.iter(|| texts.next().map(|text| compile(text, WorkflowType::Standard)));
    });
    group.finish();
}

fn seeds(folder: &Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).expect("the seeds are committed");
    let mut paths: Vec<_> = entries.map(|entry| entry.expect("is readable").path()).collect();
    paths.sort();
    paths.iter().map(|path| std::fs::read(path).expect("is readable")).collect()
}

mod groups {
    //! The macro makes a public function, which a module keeps to itself.
    use super::{fuzz_targets, generate_cases, judge_cases, model_cases, shrink_cases};
    criterion::criterion_group!(
        benches,
        generate_cases,
        judge_cases,
        shrink_cases,
        model_cases,
        fuzz_targets
    );
}
use groups::benches;
criterion_main!(benches);
