//! The harness itself: how many random cases a second.

use std::hint::black_box;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use stepclock_conformance::coverage::constructs;
use stepclock_conformance::generate;

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

criterion_group!(benches, generate_cases);
criterion_main!(benches);
