//! The distributed Map: a Map Run with child executions.
//!
//! ```text
//! (MapStateStarted) ──limits evaluated, MapRunStarted──▶ Reading ──items──▶ Running ──all ended──▶ Writing
//! Reading ──unreadable──▶ failed      Running ──threshold exceeded──▶ failed      Writing ──▶ next state
//! ```
//!
//! The children are executions of their own with their own histories; of them the parent's history shows
//! only the Map Run.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::core::{Execution, Step, View};
use super::failure::StateFailure;
use super::items::{
    BatchLimits, ChildSummary, Item, ItemReading, ReadFailure, ReadStep, Tolerance, WriterTarget,
    batch_items, written_result,
};
use super::thread::{Phase, ThreadId};
use super::{
    ChildId, ChildOutcome, ChildRequest, Effect, ListedObject, ObjectError, ObjectOperationId,
    ObjectRequest, Outcome, ServiceRevision,
};
use crate::asl::{MapState, StateKind, WorkflowType};
use crate::data::Payload;
use crate::expr::ExprError;
use crate::history::{EventDetails, Failure};
use crate::limits;
