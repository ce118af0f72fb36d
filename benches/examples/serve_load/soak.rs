//! A steady load for long: memory must not grow.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::client::Client;
use crate::machines::{map, passes, pauses, start, works};
use crate::server::{Folder, Server};

/// Executions of each machine a second.
const RATE: u32 = 50;
/// Moments at which memory is looked at.
const SAMPLES: u32 = 120;

/// Starts executions of several kinds at a steady rate, and draws resident memory over time into a file.
pub(crate) fn soak(command: &Path, minutes: u32, chart: &Path) {
    let folder = Folder::new("soak");
    let server = Server::durable(command, &folder);
    let created = server.client().call("CreateActivity", &json!({"name": "work"}));
    let activity = created["activityArn"].as_str().expect("has an ARN");
    let starts = [
        ("StartExecution", server.machine("pass", "STANDARD", &passes(1))),
        ("StartExecution", server.machine("pause", "STANDARD", &pauses())),
        ("StartExecution", server.machine("map", "STANDARD", &map(100))),
        ("StartExecution", server.machine("work", "STANDARD", &works(activity))),
        ("StartSyncExecution", server.machine("quick", "EXPRESS", &passes(10))),
    ];
    let (stop, done) = (AtomicBool::new(false), AtomicU64::new(0));
    let mut samples = Vec::new();
    std::thread::scope(|scope| {
        for (operation, machine) in &starts {
            let request = Client::request(operation, &start(machine));
            let (stop, done, server) = (&stop, &done, &server);
            scope.spawn(move || steadily(server, &request, stop, done));
        }
        scope.spawn(|| work(&server, activity, &stop));
        samples = watch(&server, &folder, minutes, &done);
        stop.store(true, Ordering::Relaxed);
    });
    std::fs::write(chart, draw(&samples)).expect("the chart can be written");
    println!("{} executions in {minutes} minutes; {}", done.into_inner(), summary(&samples));
}

fn steadily(server: &Server, request: &[u8], stop: &AtomicBool, done: &AtomicU64) {
    let mut client = server.client();
    let begun = Instant::now();
    let mut sent = 0;
    while !stop.load(Ordering::Relaxed) {
        client.send(request);
        client.receive();
        done.fetch_add(1, Ordering::Relaxed);
        sent += 1;
        let due = Duration::from_secs(1) * sent / RATE;
        std::thread::sleep(due.saturating_sub(begun.elapsed()));
    }
}

/// A worker: takes tasks and returns them.
fn work(server: &Server, activity: &str, stop: &AtomicBool) {
    let mut client = server.client();
    let poll = Client::request("GetActivityTask", &json!({"activityArn": activity}));
    while !stop.load(Ordering::Relaxed) {
        client.send(&poll);
        let task: Value = serde_json::from_slice(client.receive()).expect("is JSON");
        if let Some(token) = task["taskToken"].as_str() {
            client.call("SendTaskSuccess", &json!({"taskToken": token, "output": "1"}));
        }
    }
}

/// Minutes since the start, MiB in memory.
type Sample = (f64, f64);

fn watch(server: &Server, folder: &Folder, minutes: u32, done: &AtomicU64) -> Vec<Sample> {
    println!("| minutes | executions | MiB in memory | MiB on disk |\n|---:|---:|---:|---:|");
    let begun = Instant::now();
    let step = Duration::from_secs(60) * minutes / SAMPLES;
    let mut samples = Vec::new();
    for sample in 0..=SAMPLES {
        std::thread::sleep((step * sample).saturating_sub(begun.elapsed()));
        let (at, memory) = (begun.elapsed().as_secs_f64() / 60.0, server.memory());
        samples.push((at, memory));
        if sample.is_multiple_of(SAMPLES / 12) {
            let done = done.load(Ordering::Relaxed);
            println!("| {at:.1} | {done} | {memory:.1} | {:.0} |", folder.size());
        }
    }
    samples
}

/// Memory in the second quarter of the time and in the last: what fills in the beginning is no growth.
fn summary(samples: &[Sample]) -> String {
    let quarter = samples.len() / 4;
    let mean = |part: &[Sample]| {
        part.iter().map(|(_, memory)| memory).sum::<f64>() / part.len().max(1) as f64
    };
    let early = mean(&samples[quarter..2 * quarter]);
    let late = mean(&samples[samples.len() - quarter..]);
    format!("{early:.1} MiB in the second quarter, {late:.1} MiB in the last")
}

/// A chart of memory over time.
fn draw(samples: &[Sample]) -> String {
    let (width, height, margin) = (720.0, 240.0, 40.0);
    let last = samples.last().map_or(1.0, |(at, _)| at.max(0.1));
    let most = samples.iter().map(|(_, memory)| *memory).fold(1.0, f64::max);
    let top = (most / 10.0).ceil() * 10.0;
    let points: Vec<String> = samples
        .iter()
        .map(|(at, memory)| {
            let x = margin + at / last * (width - 2.0 * margin);
            let y = height - margin - memory / top * (height - 2.0 * margin);
            format!("{x:.1},{y:.1}")
        })
        .collect();
    let (bottom, right) = (height - margin, width - margin);
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">
<rect width="100%" height="100%" fill="#fff"/>
<path d="M{margin} {margin}V{bottom}H{right}" fill="none" stroke="#888"/>
<text x="4" y="{margin}">{top:.0} MiB</text><text x="4" y="{bottom}">0</text>
<text x="{right}" y="{below}" text-anchor="end">{last:.0} minutes</text>
<polyline points="{points}" fill="none" stroke="#0366d6" stroke-width="2"/>
</svg>
"##,
        below = bottom + 16.0,
        points = points.join(" "),
    )
}
