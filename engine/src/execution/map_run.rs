//! TEMPORARY stand-in.
use super::core::Execution;
use super::items::Item;
use super::thread::ThreadId;
use super::*;
use crate::asl::*;
use crate::data::*;
#[derive(Debug)]
pub(super) struct MapRun {}
impl Execution {
    pub(super) fn start_map_run(
        &mut self,
        _id: ThreadId,
        _map: &MapState,
        _t: WorkflowType,
        _e: Payload,
        _i: Option<Vec<Item>>,
        _c: usize,
    ) {
    }
    pub(super) fn cancel_map_run(&mut self, _id: ThreadId) {}
    pub(super) fn resume_map_run(&mut self, _id: ThreadId) {}
    pub(super) fn child_finished(&mut self, _c: ChildId, _o: ChildOutcome) {}
    pub(super) fn object_read(
        &mut self,
        _o: ObjectOperationId,
        _b: Result<std::sync::Arc<[u8]>, ObjectError>,
    ) {
    }
    pub(super) fn objects_listed(
        &mut self,
        _o: ObjectOperationId,
        _b: Result<Vec<ListedObject>, ObjectError>,
    ) {
    }
    pub(super) fn object_written(&mut self, _o: ObjectOperationId, _b: Result<(), ObjectError>) {}
}
