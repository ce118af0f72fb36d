//! Every bound of the engine in one place, with the unit in the name.
//!
//! AWS's own quotas come from the service's published quota table or from recordings; the rest are this
//! engine's guards against hostile input, and say so.

/// Largest payload of a task, state or execution, in bytes of its compact UTF-8 JSON text (256 KiB).
pub const PAYLOAD_BYTES_MAX: usize = 262_144;
/// Most events one execution's history may hold; the last of them is then `ExecutionFailed`.
pub const HISTORY_EVENTS_MAX: u64 = 25_000;
/// Longest a STANDARD execution may run, in milliseconds (one year of 365 days).
pub const STANDARD_DURATION_MS_MAX: i64 = 365 * 24 * 3_600 * 1_000;
/// Longest an EXPRESS execution may run, in milliseconds (five minutes).
pub const EXPRESS_DURATION_MS_MAX: i64 = 5 * 60 * 1_000;
/// Largest definition text, in bytes (1 MiB).
pub const DEFINITION_BYTES_MAX: usize = 1_048_576;
/// Deepest nesting of JSON arrays and objects accepted in any text or produced by any state.
///
/// Our own guard: AWS's limit is not published. Values are dropped and compared recursively, so this also
/// bounds the stack.
pub const NESTING_DEPTH_MAX: usize = 256;
/// Bytes of text the diagnostics of one definition may hold before further ones are left out; our own guard.
pub const DIAGNOSTICS_BYTES_MAX: usize = 4_194_304;
/// Values that the anchors and aliases of one YAML definition may copy, all together; our own guard.
pub const YAML_ALIAS_NODES_MAX: usize = 100_000;
/// Most characters of a state name.
pub const STATE_NAME_CHARS_MAX: usize = 80;
/// Most characters of a variable name.
pub const VARIABLE_NAME_CHARS_MAX: usize = 80;
/// Most characters of a Map state's `Label`.
pub const LABEL_CHARS_MAX: usize = 40;
/// Largest single variable, in bytes of its JSON text.
pub const VARIABLE_BYTES_MAX: usize = 262_144;
/// Largest sum of all variables one `Assign` may set, in bytes.
pub const ASSIGN_BYTES_MAX: usize = 262_144;
/// Largest sum of all variables stored in one execution, in bytes (10 MiB).
pub const VARIABLES_TOTAL_BYTES_MAX: usize = 10_485_760;
/// Upper bound of most second-valued fields (`Seconds`, `TimeoutSeconds`, `IntervalSeconds`, `MaxAttempts`).
pub const SECONDS_MAX: u64 = 99_999_999;
/// Upper bound of `MaxDelaySeconds`.
pub const MAX_DELAY_SECONDS_MAX: u64 = 31_622_400;
/// A computed Wait longer than this many seconds fails the execution.
pub const WAIT_DELAY_SECONDS_MAX: i64 = 2_147_483_647;
/// Iterations an inline Map runs at once when `MaxConcurrency` is 0.
pub const INLINE_MAP_CONCURRENCY_MAX: usize = 40;
/// Children a Map Run runs at once when `MaxConcurrency` is 0.
pub const MAP_RUN_CONCURRENCY_MAX: usize = 10_000;
/// Largest `MaxItems` of an ItemReader.
pub const READER_ITEMS_MAX: u64 = 100_000_000;
/// Largest item an ItemReader reads, in bytes (8 MiB).
pub const ITEM_BYTES_MAX: usize = 8 * 1_048_576;
/// Largest header row of a CSV file, in bytes (10 KiB).
pub const CSV_HEADER_BYTES_MAX: usize = 10_240;
/// Most bytes one ItemReader reads from all its objects, after decompression (512 MiB).
///
/// Our own guard, as everything read is held in memory; AWS reads files of up to 10 GB.
pub const READER_BYTES_MAX: u64 = 512 * 1_048_576;
/// Values one evaluation of a JSONPath may go through; our own guard against `$..*..*..*`.
pub const JSONPATH_VALUES_MAX: usize = 1_000_000;
/// Values the filters of one JSONPath may compare, a long text counting as many; our own guard against
/// `$.items[?(@ in $.items)]`.
pub const JSONPATH_COMPARISONS_MAX: usize = 50_000_000;
/// Bytes one regular expression of a JSONPath filter may take when compiled; all of one path may take twice
/// that.
pub const JSONPATH_PATTERN_BYTES_MAX: usize = 65_536;
/// Regular expressions the paths of one definition may hold; our own guard, as compiling takes long.
pub const DEFINITION_PATTERNS_MAX: usize = 2_000;
/// Bytes that one payload template, or the arguments of one intrinsic call with all calls inside it, may
/// build; our own guard, as AWS refuses what comes out when it is a fraction of that.
pub const TEMPLATE_BYTES_MAX: usize = 64 * 1_048_576;
/// Intrinsic functions may nest this deep.
pub const INTRINSIC_NESTING_MAX: usize = 10;
/// Elements `States.ArrayRange` may produce.
pub const ARRAY_RANGE_ITEMS_MAX: usize = 1_000;
/// Characters `States.Base64Encode`, `States.Base64Decode` and `States.Hash` accept.
pub const INTRINSIC_DATA_CHARS_MAX: usize = 10_000;
/// Call depth of one JSONata evaluation.
pub const JSONATA_DEPTH_MAX: usize = 100;
/// Evaluation steps of one JSONata evaluation; our deterministic stand-in for AWS's wall-clock limit.
pub const JSONATA_STEPS_MAX: u64 = 5_000_000;
/// Steps of the matcher, in units of 1,024, that the regular expressions of one JSONata evaluation may take
/// in `$contains`, `$match`, `$replace` and `$split`.
pub const JSONATA_MATCHER_STEPS_MAX: u64 = 10_000;
/// Evaluation steps where a regular expression is used otherwise: a step may stand for far more there.
pub const JSONATA_REGEX_STEPS_MAX: u64 = 20_000;
/// Items of an array in an expression with a function whose time grows with the square of its argument.
pub const JSONATA_QUADRATIC_ITEMS_MAX: usize = 30_000;
/// Sum of the sizes of all values one JSONata evaluation builds, in bytes; our stand-in for AWS's limit on
/// memory.
pub const JSONATA_BUILT_BYTES_MAX: u64 = 512 * 1024 * 1024;
/// Items and characters one JSONata evaluation may read again from variables; part of our stand-in for AWS's
/// limit on time.
pub const JSONATA_READ_MAX: u64 = 300_000_000;
/// Functions one JSONata evaluation may make that can outlive the call they are passed to.
pub const JSONATA_FUNCTIONS_MAX: u64 = 4_000;
/// Steps up to which a JSONata evaluation runs without its values being metered.
pub const JSONATA_UNMETERED_STEPS_MAX: u64 = 10_000;
/// Size up to which a value of an evaluation that is not metered may grow, in bytes.
pub const JSONATA_UNMETERED_VALUE_BYTES_MAX: usize = 131_072;
/// Size of one JSONata value, in bytes.
pub const JSONATA_VALUE_BYTES_MAX: usize = 6_990_256;
/// Elements JSONata's `$range` may produce.
pub const JSONATA_RANGE_ITEMS_MAX: usize = 360_145;
/// Steps an execution may take without any time passing or any input arriving.
///
/// Our own guard, for EXPRESS executions: a STANDARD one's history is full long before. On AWS a loop takes
/// time, and the execution times out; here it times out when it has used this many steps at one moment.
pub const STEPS_PER_INPUT_MAX: u64 = 500_000;
/// Bytes of new payloads that the states of an EXPRESS execution may build without any time passing; part of
/// the guard above.
pub const BUILT_BYTES_PER_INPUT_MAX: usize = 512 * 1_048_576;
/// Executions one simulated world may hold; a guard against machines that start themselves. AWS's quota for
/// open executions of an account is the same.
pub const EXECUTIONS_MAX: usize = 1_000_000;
/// A history with this many events can no longer be redriven.
pub const REDRIVE_EVENTS_MAX: u64 = 24_999;
/// How long after its end an execution can be redriven, in milliseconds (14 days).
pub const REDRIVE_PERIOD_MS_MAX: i64 = 14 * 24 * 3_600 * 1_000;
