//! The closed list of constructs.

use std::sync::LazyLock;

/// The name of every construct, sorted.
pub const ALL: &[&str] = &[
    "Arguments(JSONata)",
    "Assign",
    "BackoffRate",
    "BatchInput",
    "Catch",
    "Catch:Assign",
    "Catch:Output",
    "Catch:ResultPath",
    "Catch:States.ALL",
    "Catch:several",
    "Cause",
    "CausePath",
    "Choice:And",
    "Choice:Assign",
    "Choice:BooleanEquals",
    "Choice:BooleanEqualsPath",
    "Choice:Condition",
    "Choice:IsBoolean",
    "Choice:IsNull",
    "Choice:IsNumeric",
    "Choice:IsPresent",
    "Choice:IsString",
    "Choice:IsTimestamp",
    "Choice:Not",
    "Choice:NumericEquals",
    "Choice:NumericEqualsPath",
    "Choice:NumericGreaterThan",
    "Choice:NumericGreaterThanEquals",
    "Choice:NumericGreaterThanEqualsPath",
    "Choice:NumericGreaterThanPath",
    "Choice:NumericLessThan",
    "Choice:NumericLessThanEquals",
    "Choice:NumericLessThanEqualsPath",
    "Choice:NumericLessThanPath",
    "Choice:Or",
    "Choice:Output",
    "Choice:StringEquals",
    "Choice:StringEqualsPath",
    "Choice:StringGreaterThan",
    "Choice:StringGreaterThanEquals",
    "Choice:StringGreaterThanEqualsPath",
    "Choice:StringGreaterThanPath",
    "Choice:StringLessThan",
    "Choice:StringLessThanEquals",
    "Choice:StringLessThanEqualsPath",
    "Choice:StringLessThanPath",
    "Choice:StringMatches",
    "Choice:TimestampEquals",
    "Choice:TimestampEqualsPath",
    "Choice:TimestampGreaterThan",
    "Choice:TimestampGreaterThanEquals",
    "Choice:TimestampGreaterThanEqualsPath",
    "Choice:TimestampGreaterThanPath",
    "Choice:TimestampLessThan",
    "Choice:TimestampLessThanEquals",
    "Choice:TimestampLessThanEqualsPath",
    "Choice:TimestampLessThanPath",
    "Comment",
    "ContextObject",
    "Credentials",
    "Default",
    "Error",
    "ErrorPath",
    "Express",
    "Expression:Cause",
    "Expression:Error",
    "Expression:HeartbeatSeconds",
    "Expression:Items",
    "Expression:MaxConcurrency",
    "Expression:Seconds",
    "Expression:TimeoutSeconds",
    "Expression:Timestamp",
    "Fault:clock_jump",
    "Fault:duplicate",
    "Fault:engine_crash",
    "Fault:heartbeats_lost",
    "Fault:late",
    "Fault:malformed",
    "Fault:payload_size",
    "Fault:redrive",
    "Fault:reused_token",
    "Fault:stop",
    "Fault:task_error",
    "Fault:throttled",
    "Fault:unanswered",
    "Fault:worker_crash",
    "Fault:wrong_token",
    "HeartbeatSeconds",
    "HeartbeatSecondsPath",
    "InputPath",
    "InputPath:null",
    "IntervalSeconds",
    "Intrinsic:Array",
    "Intrinsic:ArrayContains",
    "Intrinsic:ArrayGetItem",
    "Intrinsic:ArrayLength",
    "Intrinsic:ArrayPartition",
    "Intrinsic:ArrayRange",
    "Intrinsic:ArrayUnique",
    "Intrinsic:Base64Decode",
    "Intrinsic:Base64Encode",
    "Intrinsic:Format",
    "Intrinsic:Hash",
    "Intrinsic:JsonMerge",
    "Intrinsic:JsonToString",
    "Intrinsic:MathAdd",
    "Intrinsic:MathRandom",
    "Intrinsic:StringSplit",
    "Intrinsic:StringToJson",
    "Intrinsic:UUID",
    "Intrinsic:nested",
    "ItemBatcher",
    "ItemProcessor",
    "ItemReader",
    "ItemReader:ATHENA_DATA",
    "ItemReader:CSV",
    "ItemReader:FIRST_ROW",
    "ItemReader:GIVEN",
    "ItemReader:ItemsPointer",
    "ItemReader:JSON",
    "ItemReader:JSONL",
    "ItemReader:MANIFEST",
    "ItemReader:ManifestType",
    "ItemReader:MaxItems",
    "ItemReader:S3_INVENTORY",
    "ItemReader:getObject",
    "ItemReader:listObjectsV2",
    "ItemSelector",
    "Items",
    "ItemsPath",
    "Iterator",
    "JSONPath",
    "JSONata",
    "JSONata:$abs",
    "JSONata:$append",
    "JSONata:$boolean",
    "JSONata:$ceil",
    "JSONata:$contains",
    "JSONata:$count",
    "JSONata:$distinct",
    "JSONata:$exists",
    "JSONata:$floor",
    "JSONata:$join",
    "JSONata:$keys",
    "JSONata:$length",
    "JSONata:$lookup",
    "JSONata:$lowercase",
    "JSONata:$max",
    "JSONata:$merge",
    "JSONata:$min",
    "JSONata:$not",
    "JSONata:$number",
    "JSONata:$parse",
    "JSONata:$partition",
    "JSONata:$range",
    "JSONata:$reverse",
    "JSONata:$split",
    "JSONata:$string",
    "JSONata:$sum",
    "JSONata:$trim",
    "JSONata:$type",
    "JSONata:$uppercase",
    "JSONata:&",
    "JSONata:? :",
    "JSONata:and",
    "JSONata:arithmetic",
    "JSONata:array",
    "JSONata:block",
    "JSONata:comparison",
    "JSONata:in",
    "JSONata:object",
    "JSONata:or",
    "JSONata:predicate",
    "JSONata:range",
    "JitterStrategy:FULL",
    "JitterStrategy:NONE",
    "Label",
    "Loop",
    "Map:DISTRIBUTED",
    "Map:DISTRIBUTED:EXPRESS",
    "Map:DISTRIBUTED:STANDARD",
    "Map:INLINE",
    "MaxAttempts",
    "MaxAttempts:0",
    "MaxConcurrency",
    "MaxConcurrencyPath",
    "MaxDelaySeconds",
    "MaxInputBytesPerBatch",
    "MaxItemsPerBatch",
    "MaxItemsPerBatchPath",
    "MixedQueryLanguage",
    "Nested:Map in Map",
    "Nested:Map in Parallel",
    "Nested:Parallel in Map",
    "Nested:Parallel in Parallel",
    "Output(JSONata)",
    "OutputPath",
    "OutputPath:null",
    "Parameters",
    "Path:deep scan",
    "Path:filter",
    "Path:index",
    "Path:missing",
    "Path:quoted",
    "Path:slice",
    "Path:union",
    "Path:wildcard",
    "Result",
    "ResultPath",
    "ResultPath:null",
    "ResultSelector",
    "ResultWriter",
    "ResultWriter:COMPACT",
    "ResultWriter:FLATTEN",
    "ResultWriter:JSON",
    "ResultWriter:JSONL",
    "ResultWriter:NONE",
    "Retry",
    "Retry:States.ALL",
    "Retry:several",
    "Seconds",
    "SecondsPath",
    "Standard",
    "State:Choice",
    "State:Fail",
    "State:Map",
    "State:Parallel",
    "State:Pass",
    "State:Succeed",
    "State:Task",
    "State:Wait",
    "StateMachineTimeout",
    "Task:activity",
    "Task:aws-sdk",
    "Task:lambda-arn",
    "Task:lambda:invoke",
    "Task:optimized",
    "Task:startExecution",
    "Task:startExecution.sync",
    "Task:startExecution.sync:2",
    "Task:sync",
    "Task:waitForTaskToken",
    "TimeoutSeconds",
    "TimeoutSecondsPath",
    "Timestamp",
    "TimestampPath",
    "ToleratedFailureCount",
    "ToleratedFailureCountPath",
    "ToleratedFailurePercentage",
    "ToleratedFailurePercentagePath",
    "Variable",
    "Worker:afterSeconds",
    "Worker:heartbeatsSeconds",
    "Worker:never",
    "Worker:return",
    "Worker:startAfterSeconds",
    "Worker:submitted",
    "Worker:throw",
    "WriterConfig",
];

/// Slots of the table below: a power of two, several times the number of names.
const SLOTS: usize = 1_024;

/// Where a name is in [`ALL`], when it is there.
pub(super) fn index(name: &str) -> Option<usize> {
    /// Places in `ALL` plus one by the names' hashes, with open addressing. Coverage looks names up a hundred
    /// times a case.
    static TABLE: LazyLock<[u16; SLOTS]> = LazyLock::new(|| {
        let mut table = [0; SLOTS];
        for (at, name) in (1_u16..).zip(ALL) {
            let mut slot = slot(name);
            while table[slot] != 0 {
                slot = (slot + 1) % SLOTS;
            }
            table[slot] = at;
        }
        table
    });
    let mut slot = slot(name);
    loop {
        let at = usize::from(TABLE[slot]).checked_sub(1)?;
        if ALL[at] == name {
            return Some(at);
        }
        slot = (slot + 1) % SLOTS;
    }
}

fn slot(name: &str) -> usize {
    let fnv = |hash: u32, byte: u8| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    let hash = name.bytes().fold(0x811c_9dc5, fnv);
    (hash ^ (hash >> 16)) as usize % SLOTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::case::Fault;

    #[test]
    fn every_name_is_found() {
        assert!(ALL.iter().enumerate().all(|(at, name)| index(name) == Some(at)));
        assert_eq!(index("State:Nothing"), None);
    }

    #[test]
    fn sorted_and_each_once() {
        assert!(ALL.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn every_fault_and_function_is_there() {
        for kind in Fault::KINDS {
            assert!(index(&format!("Fault:{kind}")).is_some(), "{kind}");
        }
        for function in stepclock_engine::expr::intrinsic::Function::ALL {
            let name = function.name().trim_start_matches("States.");
            assert!(index(&format!("Intrinsic:{name}")).is_some(), "{name}");
        }
    }
}
