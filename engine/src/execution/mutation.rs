//! Planted bugs, for testing whoever tests the engine.
//!
//! An execution with a [`Mutation`] has one realistic bug, of a kind that emulators of the service really had.
//! Without the crate's feature `mutants` a mutation has no effect, and the checks for it compile to nothing.

use super::core::Execution;

macro_rules! mutations {
    ($($area:literal { $($variant:ident, $name:literal, $bug:literal;)* })*) => {
        /// A planted bug.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Mutation {
            $($(#[doc = $bug] $variant,)*)*
        }

        impl Mutation {
            /// All of them, area by area.
            pub const ALL: &'static [Self] = &[$($(Self::$variant,)*)*];

            /// Its name: lower case, with hyphens.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $($(Self::$variant => $name,)*)* }
            }

            /// What it is about.
            #[must_use]
            pub const fn area(self) -> &'static str {
                match self { $($(Self::$variant => $area,)*)* }
            }

            /// What an execution with it does wrong.
            #[must_use]
            pub const fn bug(self) -> &'static str {
                match self { $($(Self::$variant => $bug,)*)* }
            }
        }
    };
}

mutations! {
    "retry" {
        RetryCountersShared, "retry-counters-shared", "All retriers of a state count their attempts together.";
        RetryIgnoresMaxDelay, "retry-ignores-max-delay", "MaxDelaySeconds does not cap the delay.";
        RetryBackoffTooEarly, "retry-backoff-too-early", "The backoff rate already applies to the first delay.";
        RetryOnceTooOften, "retry-once-too-often", "A retrier allows one attempt more than MaxAttempts.";
        RetryZeroIsDefault, "retry-zero-is-default", "MaxAttempts 0 is taken for absent, so that the default of 3 applies.";
        RetryCountersSurvive, "retry-counters-survive", "Attempts are still counted when a loop enters the state again.";
        RetryJitterOnTop, "retry-jitter-on-top", "Jitter is added to the delay instead of drawn from below it.";
        RetryLastMatch, "retry-last-match", "The last retrier that matches is taken, not the first.";
    }
    "catch" {
        CatchBeforeRetry, "catch-before-retry", "A catcher that matches is taken before any retry.";
        CatchLastMatch, "catch-last-match", "The last catcher that matches is taken, not the first.";
        CatchIgnoresResultPath, "catch-ignores-result-path", "The error output replaces the state's input, whatever ResultPath says.";
        CatchHandlesRuntime, "catch-handles-runtime", "States.ALL also catches errors that nobody may catch.";
        TaskFailedMatchesTimeout, "task-failed-matches-timeout", "States.TaskFailed also matches States.Timeout.";
        CatchLosesCause, "catch-loses-cause", "The error output has no Cause.";
    }
    "paths" {
        ResultPathNullDropsInput, "result-path-null-drops-input", "ResultPath null gives an empty object instead of the input.";
        ResultPathReplaces, "result-path-replaces", "ResultPath is taken for $: the result replaces the input.";
        OutputPathIgnored, "output-path-ignored", "OutputPath is not applied.";
        InputPathIgnoredByParameters, "input-path-ignored-by-parameters", "Parameters see the raw input, not what InputPath selected.";
        ResultSelectorIgnored, "result-selector-ignored", "ResultSelector is not applied.";
        MissingInputPathIsEmpty, "missing-input-path-is-empty", "An InputPath that finds nothing gives an empty object instead of failing.";
    }
    "choice" {
        ChoiceLastMatch, "choice-last-match", "The last rule that matches decides, not the first.";
        ChoiceMissingIsFalse, "choice-missing-is-false", "A Variable that finds nothing makes a rule false instead of failing.";
        ChoiceOrEqualsIsStrict, "choice-or-equals-is-strict", "…LessThanEquals and …GreaterThanEquals leave out equality.";
        ChoicePresentNeedsValue, "choice-present-needs-value", "IsPresent is false for null.";
        ChoiceIgnoresDefault, "choice-ignores-default", "Without a match the last rule is taken, not Default.";
    }
    "map" {
        MapCompletionOrder, "map-completion-order", "Results come in the order of completion, not of items.";
        MapIgnoresConcurrency, "map-ignores-concurrency", "MaxConcurrency is ignored.";
        MapIndexFromOne, "map-index-from-one", "$$.Map.Item.Index counts from 1.";
        MapSelectorSeesItem, "map-selector-sees-item", "In ItemSelector, $ is the item instead of the state's input.";
        MapEmptyIsNull, "map-empty-is-null", "A Map over no items gives null.";
    }
    "parallel" {
        ParallelCompletionOrder, "parallel-completion-order", "Outputs come in the order of completion, not of branches.";
        ParallelSiblingsGoOn, "parallel-siblings-go-on", "When a branch fails, the others go on.";
        ParallelLosesError, "parallel-loses-error", "A branch's failure becomes States.BranchFailed.";
    }
    "timeouts" {
        TimeoutIgnored, "timeout-ignored", "A Task's TimeoutSeconds is not enforced.";
        HeartbeatIgnored, "heartbeat-ignored", "HeartbeatSeconds is not enforced.";
        HeartbeatDoesNotExtend, "heartbeat-does-not-extend", "A heartbeat does not put the next deadline off.";
        ExecutionTimeoutIgnored, "execution-timeout-ignored", "The machine's TimeoutSeconds is not enforced.";
        WaitRoundsDown, "wait-rounds-down", "A Wait of whole seconds ends one second early.";
    }
    "variables" {
        AssignSeesNewValues, "assign-sees-new-values", "The variables of one Assign are set one after the other, so that later ones see earlier ones.";
        AssignLeaksFromBranch, "assign-leaks-from-branch", "What a branch assigns is visible outside it.";
        CatchAssignIgnored, "catch-assign-ignored", "A catcher's Assign is ignored.";
    }
    "history" {
        HistoryChainIsFlat, "history-chain-is-flat", "previousEventId always names the event before.";
        HistoryNoExitOnCatch, "history-no-exit-on-catch", "A state that was left by a catcher has no StateExited event.";
        HistoryNoSubmitted, "history-no-submitted", "TaskSubmitted is not recorded.";
        HistoryTimedOutIsFailed, "history-timed-out-is-failed", "A task that timed out is recorded as failed.";
    }
    "limits" {
        PayloadLimitIgnored, "payload-limit-ignored", "A result may be larger than 256 KiB.";
    }
    "determinism" {
        AmbientJitter, "ambient-jitter", "Jitter is drawn from what other executions of the process have drawn.";
        DuplicateAccepted, "duplicate-accepted", "A second answer to a task is accepted.";
    }
}

impl Mutation {
    /// The mutation with this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|mutation| mutation.name() == name)
    }
}

impl Execution {
    /// Whether this bug is planted.
    pub(super) fn planted(&self, mutation: Mutation) -> bool {
        cfg!(feature = "mutants") && self.config.mutation == Some(mutation)
    }
}

/// A number that depends on what else the process has done: the bug of [`Mutation::AmbientJitter`].
pub(super) fn ambient() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering};
    static DRAWN: AtomicU64 = AtomicU64::new(0);
    DRAWN.fetch_add(1, Ordering::Relaxed)
}
