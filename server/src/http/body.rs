//! Reading a body: no larger than allowed, in bounded time, all bodies together in bounded memory.

use std::time::Duration;

use axum::body::Bytes;
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use tokio::sync::{Semaphore, SemaphorePermit};

use super::HttpConfig;

/// A body that is too large is read to its end, so that the client hears why, but no further than this.
const DISCARDED_BYTES_MAX: usize = 16 << 20;

/// Why a body was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BodyError {
    /// It is larger than allowed.
    TooLarge,
    /// It took too long.
    TooSlow,
    /// Too many others are being read or worked on.
    Busy,
    /// The client has gone.
    Gone,
}

/// The memory that all bodies share, in units of 1 KiB.
#[derive(Debug)]
pub(super) struct BodyMemory {
    units: Semaphore,
    body_bytes_max: usize,
    timeout: Duration,
}

/// A body, and its share of the memory.
#[derive(Debug)]
pub(super) struct ReadBody<'a> {
    pub(super) bytes: Bytes,
    _share: SemaphorePermit<'a>,
}

impl BodyMemory {
    pub(super) fn new(config: &HttpConfig) -> Self {
        // One body must always fit.
        let bytes = config.bodies_bytes_max.max(config.body_bytes_max + 1_024);
        Self {
            units: Semaphore::new((bytes / 1_024).min(Semaphore::MAX_PERMITS)),
            body_bytes_max: config.body_bytes_max,
            timeout: config.body_timeout,
        }
    }

    /// Reads a body.
    ///
    /// # Errors
    /// Why it was not read.
    pub(super) async fn read(&self, body: Incoming) -> Result<ReadBody<'_>, BodyError> {
        let declared = body.size_hint().upper().and_then(|bytes| usize::try_from(bytes).ok());
        let expected = declared.unwrap_or(usize::MAX).min(self.body_bytes_max);
        let units = u32::try_from(expected.div_ceil(1_024).max(1)).unwrap_or(u32::MAX);
        let share = tokio::time::timeout(self.timeout, self.units.acquire_many(units));
        let Ok(Ok(share)) = share.await else { return Err(BodyError::Busy) };
        let bytes = tokio::time::timeout(self.timeout, self.collect(body, expected));
        let bytes = bytes.await.map_err(|_| BodyError::TooSlow)??;
        Ok(ReadBody { bytes, _share: share })
    }

    async fn collect(&self, mut body: Incoming, expected: usize) -> Result<Bytes, BodyError> {
        let mut whole = Vec::new();
        let mut seen = 0;
        while let Some(frame) = body.frame().await {
            let Ok(data) = frame.map_err(|_| BodyError::Gone)?.into_data() else { continue };
            if seen == 0 && data.len() == expected {
                // Small bodies come in one piece, which needs no copy.
                return Ok(data);
            }
            seen += data.len();
            if seen <= self.body_bytes_max {
                whole.extend_from_slice(&data);
            } else if seen > DISCARDED_BYTES_MAX {
                return Err(BodyError::TooLarge);
            } else {
                whole = Vec::new();
            }
        }
        if seen > self.body_bytes_max { Err(BodyError::TooLarge) } else { Ok(whole.into()) }
    }
}
