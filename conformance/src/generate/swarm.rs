//! Swarm configurations: every case is drawn from its own subset of the language.
//!
//! A case that uses everything a little uses nothing a lot. Switching constructs off at random, and weighing the
//! rest at random, reaches combinations that a fixed distribution does not (Groce et al., "Swarm testing", 2012).

use std::collections::{BTreeMap, BTreeSet};

use arbitrary::Unstructured;
use serde::{Deserialize, Serialize};

use super::draw::Draw;
use crate::fault::Profile;

/// What can be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants are constructs of the language")]
pub enum Switch {
    Activities,
    Callbacks,
    Catch,
    Choice,
    Comments,
    ContextObject,
    Credentials,
    DistributedMap,
    Express,
    Fail,
    FailingTasks,
    Heartbeats,
    IllTyped,
    IndefinitePaths,
    InputPath,
    Intrinsics,
    ItemBatcher,
    ItemReader,
    ItemSelector,
    Jitter,
    Jobs,
    Jsonata,
    LambdaInvoke,
    Loops,
    MachineTimeout,
    Map,
    MaxConcurrency,
    NestedExecutions,
    OutputPath,
    Parallel,
    Parameters,
    ResultPath,
    ResultSelector,
    ResultWriter,
    Retry,
    Sdk,
    SilentTasks,
    Succeed,
    Timeouts,
    ToleratedFailures,
    Variables,
    Wait,
}

impl Switch {
    /// Every switch.
    pub const ALL: [Self; 42] = [
        Self::Activities,
        Self::Callbacks,
        Self::Catch,
        Self::Choice,
        Self::Comments,
        Self::ContextObject,
        Self::Credentials,
        Self::DistributedMap,
        Self::Express,
        Self::Fail,
        Self::FailingTasks,
        Self::Heartbeats,
        Self::IllTyped,
        Self::IndefinitePaths,
        Self::InputPath,
        Self::Intrinsics,
        Self::ItemBatcher,
        Self::ItemReader,
        Self::ItemSelector,
        Self::Jitter,
        Self::Jobs,
        Self::Jsonata,
        Self::LambdaInvoke,
        Self::Loops,
        Self::MachineTimeout,
        Self::Map,
        Self::MaxConcurrency,
        Self::NestedExecutions,
        Self::OutputPath,
        Self::Parallel,
        Self::Parameters,
        Self::ResultPath,
        Self::ResultSelector,
        Self::ResultWriter,
        Self::Retry,
        Self::Sdk,
        Self::SilentTasks,
        Self::Succeed,
        Self::Timeouts,
        Self::ToleratedFailures,
        Self::Variables,
        Self::Wait,
    ];
}

/// What a generated state is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the variants are the state types")]
pub enum StateType {
    Pass,
    Task,
    Choice,
    Wait,
    Succeed,
    Fail,
    Parallel,
    Map,
}

impl StateType {
    /// Every state type.
    pub const ALL: [Self; 8] = [
        Self::Pass,
        Self::Task,
        Self::Choice,
        Self::Wait,
        Self::Succeed,
        Self::Fail,
        Self::Parallel,
        Self::Map,
    ];

    /// As `Type` has it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pass => "Pass",
            Self::Task => "Task",
            Self::Choice => "Choice",
            Self::Wait => "Wait",
            Self::Succeed => "Succeed",
            Self::Fail => "Fail",
            Self::Parallel => "Parallel",
            Self::Map => "Map",
        }
    }

    const fn switch(self) -> Option<Switch> {
        match self {
            Self::Pass | Self::Task => None,
            Self::Choice => Some(Switch::Choice),
            Self::Wait => Some(Switch::Wait),
            Self::Succeed => Some(Switch::Succeed),
            Self::Fail => Some(Switch::Fail),
            Self::Parallel => Some(Switch::Parallel),
            Self::Map => Some(Switch::Map),
        }
    }

    /// How often it is drawn, in comparison, before the swarm's own weight.
    const fn usual_weight(self) -> u32 {
        match self {
            Self::Task => 12,
            Self::Pass | Self::Choice => 8,
            Self::Wait | Self::Parallel | Self::Map => 4,
            Self::Succeed | Self::Fail => 2,
        }
    }
}

/// One swarm configuration.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Swarm {
    /// What is switched off.
    pub off: BTreeSet<Switch>,
    /// How often each state type is drawn, in comparison.
    pub weights: BTreeMap<StateType, u32>,
    /// Most states of the machine and of each container.
    pub states_max: usize,
    /// How deep containers may nest.
    pub depth_max: usize,
    /// How many of a hundred draws of a value are of a wrong type, or miss.
    pub ill_typed_percent: usize,
    /// Which faults are drawn.
    pub faults: Profile,
}

impl Default for Swarm {
    /// Everything is on, as often as usual.
    fn default() -> Self {
        let weights = StateType::ALL.map(|state| (state, state.usual_weight()));
        Self {
            off: BTreeSet::new(),
            weights: weights.into_iter().collect(),
            states_max: 6,
            depth_max: 3,
            ill_typed_percent: 2,
            faults: Profile::Swarm,
        }
    }
}

impl Swarm {
    /// Draws a configuration.
    ///
    /// # Errors
    /// None today: when the bytes are used up, the rest is switched on.
    pub fn draw(u: &mut Unstructured<'_>) -> arbitrary::Result<Self> {
        let mut draw = Draw(u);
        let mut swarm = Self { states_max: 2 + draw.below(7), ..Self::default() };
        // A quarter of the cases has the whole language; the others lose up to half of it.
        let out_of_eight = draw.below(4) + usize::from(draw.chance(1, 4));
        for switch in Switch::ALL {
            if draw.chance(out_of_eight, 8) {
                swarm.off.insert(switch);
            }
        }
        for (state, weight) in &mut swarm.weights {
            *weight = match state.switch() {
                Some(switch) if swarm.off.contains(&switch) => 0,
                _ => state.usual_weight() * [2, 1, 4, 8][draw.below(4)],
            };
        }
        swarm.depth_max = draw.pick(&[2, 1, 3]);
        swarm.ill_typed_percent = match swarm.off.contains(&Switch::IllTyped) {
            true => 0,
            false => draw.pick(&[1, 0, 3, 8]),
        };
        swarm.faults = draw.pick(&[Profile::Calm, Profile::Lite, Profile::Swarm, Profile::Calm]);
        Ok(swarm)
    }

    /// Whether a construct is on.
    #[must_use]
    pub fn has(&self, switch: Switch) -> bool {
        !self.off.contains(&switch)
    }
}
