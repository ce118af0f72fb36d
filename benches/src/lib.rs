//! Fixed workloads for the benchmarks; see `benches/`.
