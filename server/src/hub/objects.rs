//! Operations on objects: answered at hand, or by somebody outside.
//!
//! All of them may be done twice: after a crash, what had no answer is asked again.

use stepclock_engine::execution::{Input, ObjectError, ObjectOperationId, ObjectRequest};

use super::{Hub, ObjectEnd};
use crate::store::ExecutionId;

impl Hub {
    pub(super) fn object(
        &mut self,
        id: ExecutionId,
        operation: ObjectOperationId,
        request: ObjectRequest,
    ) {
        let now = self.now();
        if let Some(objects) = &mut self.answerers.objects {
            let end = match request {
                ObjectRequest::Get { bucket, key, .. } => {
                    ObjectEnd::Read(objects.get(&bucket, &key))
                }
                ObjectRequest::List { bucket, prefix } => {
                    ObjectEnd::Listed(objects.list(&bucket, &prefix))
                }
                ObjectRequest::Put { bucket, key, body } => {
                    ObjectEnd::Written(objects.put(&bucket, &key, body, now))
                }
            };
            return self.object_ended(id, operation, end);
        }
        let Some(outside) = self.answerers.outside_objects.clone() else {
            return self.object_ended(id, operation, no_objects(&request));
        };
        let handle = self.handle.clone();
        self.fetched.insert((id, operation));
        self.when_durable(move || {
            let done = move |end| {
                // The server may have stopped; the operation is begun again when it starts.
                let _ = handle.tell(move |hub| hub.object_ended(id, operation, end));
            };
            outside.begin(request, Box::new(done));
        });
    }

    fn object_ended(&mut self, id: ExecutionId, operation: ObjectOperationId, end: ObjectEnd) {
        self.fetched.remove(&(id, operation));
        let input = match end {
            ObjectEnd::Read(body) => Input::ObjectRead { operation, body },
            ObjectEnd::Listed(objects) => Input::ObjectsListed { operation, objects },
            ObjectEnd::Written(result) => Input::ObjectWritten { operation, result },
        };
        self.deliver(id, input);
    }

    /// How much somebody outside has in hand.
    pub(super) fn held_count(&self) -> usize {
        self.held.len() + self.fetched.len()
    }
}

fn no_objects(request: &ObjectRequest) -> ObjectEnd {
    let cause =
        "No objects are kept here: start the server with --objects DIR or --endpoint s3=URL.";
    let error = ObjectError { error: "S3.SdkClientException".to_owned(), cause: cause.to_owned() };
    match request {
        ObjectRequest::Get { .. } => ObjectEnd::Read(Err(error)),
        ObjectRequest::List { .. } => ObjectEnd::Listed(Err(error)),
        ObjectRequest::Put { .. } => ObjectEnd::Written(Err(error)),
    }
}
