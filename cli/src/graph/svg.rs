//! A picture. The layout of each graph comes from the `layout-rs` crate; a Parallel or Map is laid out from the
//! inside out, as a box that holds the pictures of its branches or items.

use std::fmt::Write;

use layout::core::base::Orientation;
use layout::core::color::Color;
use layout::core::format::{ClipHandle, RenderBackend};
use layout::core::geometry::Point;
use layout::core::style::{LineStyleKind, StyleAttr};
use layout::std_shapes::shapes::{Arrow, Element, LineEndKind, ShapeKind};
use layout::topo::layout::VisualGraph;

use stepclock_conformance::explore::Part;

use super::model::{Edge, Model, Node};
use crate::error::CliError;
use crate::markup::escaped;

/// States a picture may hold; beyond them nobody sees anything, and the layout takes long.
const STATES_MAX: usize = 400;
const FONT_PX: f64 = 14.0;
/// How wide a character is at most, on average.
const CHARACTER_PX: f64 = 8.2;
const HEADER_PX: f64 = 30.0;
const GAP_PX: f64 = 14.0;
const STATE_HEIGHT_PX: f64 = 44.0;
const DOT_PX: f64 = 14.0;
const MARGIN_PX: f64 = 16.0;
/// Line and fill of each kind of state, light enough for black text.
const COLOURS: [(&str, &str, &str); 8] = [
    ("Task", "#3b5bdb", "#edf2ff"),
    ("Choice", "#e8590c", "#fff4e6"),
    ("Wait", "#9c36b5", "#f8f0fc"),
    ("Parallel", "#1971c2", "#f4faff"),
    ("Map", "#0c8599", "#f3fcfd"),
    ("Succeed", "#2f9e44", "#ebfbee"),
    ("Fail", "#c92a2a", "#fff5f5"),
    ("Pass", "#495057", "#f8f9fa"),
];

/// Something drawn, with its size.
struct Picture {
    width: f64,
    height: f64,
    body: String,
}

/// How a part of a drawing is marked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Mark {
    /// Class names, for a style sheet.
    pub(crate) class: String,
    /// Declarations of its own.
    pub(crate) style: String,
    /// What hovering shows.
    pub(crate) title: String,
}

/// Says how the parts of a drawing are marked.
pub(crate) trait Look {
    /// A state, or a way out of it.
    fn mark(&self, state: &str, part: Part) -> Option<Mark>;
}

/// Nothing is marked.
pub(crate) struct Plain;

impl Look for Plain {
    fn mark(&self, _state: &str, _part: Part) -> Option<Mark> {
        None
    }
}

impl Mark {
    /// As attributes of an element, with a space before.
    fn attributes(&self, class: &str) -> String {
        let mut text = format!(" class=\"{class} {}\"", self.class);
        if !self.style.is_empty() {
            let _ = write!(text, " style=\"{}\"", escaped(&self.style));
        }
        text
    }
}

pub(crate) fn draw(model: &Model, look: &dyn Look) -> Result<String, CliError> {
    let states = count(model);
    if states > STATES_MAX {
        return Err(CliError::Draw(format!(
            "a picture of {states} states shows nothing; --format dot has no such limit of {STATES_MAX}"
        )));
    }
    let picture = graph(model, look);
    let (width, height) = (picture.width + 2.0 * MARGIN_PX, picture.height + 2.0 * MARGIN_PX);
    Ok(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width:.0}\" height=\"{height:.0}\" \
         viewBox=\"0 0 {width:.0} {height:.0}\" font-family=\"Helvetica, Arial, sans-serif\" \
         font-size=\"{FONT_PX}\">\n<defs><marker id=\"head\" viewBox=\"0 0 9 8\" \
         markerUnits=\"userSpaceOnUse\" markerWidth=\"12\" markerHeight=\"10.7\" \
         refX=\"8\" refY=\"4\" orient=\"auto-start-reverse\"><path d=\"M0 0 L9 4 L0 8 z\" fill=\"#495057\"/></marker>\
         <marker id=\"catch\" viewBox=\"0 0 9 8\" markerUnits=\"userSpaceOnUse\" markerWidth=\"12\" \
         markerHeight=\"10.7\" refX=\"8\" refY=\"4\" \
         orient=\"auto-start-reverse\"><path d=\"M0 0 L9 4 L0 8 z\" fill=\"#c92a2a\"/></marker></defs>\n<rect \
         width=\"100%\" height=\"100%\" fill=\"white\"/>\n<g transform=\"translate({MARGIN_PX} \
         {MARGIN_PX})\">\n{}</g>\n</svg>\n",
        picture.body
    ))
}

fn count(model: &Model) -> usize {
    model
        .nodes
        .iter()
        .map(|node| 1 + node.inner.iter().map(|(_, inner)| count(inner)).sum::<usize>())
        .sum()
}

fn graph(model: &Model, look: &dyn Look) -> Picture {
    let mut layout = VisualGraph::new(Orientation::TopToBottom);
    let mut add = |name: String, width: f64, height: f64| {
        let look = StyleAttr::new(Color::fast("black"), 1, None, 0, FONT_PX as usize);
        let shape = ShapeKind::new_box("");
        let size = Point::new(width, height);
        let element =
            Element::create_with_properties(shape, look, Orientation::TopToBottom, size, name);
        layout.add_node(element)
    };
    let states: Vec<Picture> = model.nodes.iter().map(|node| state(node, look)).collect();
    let start = add("start".to_owned(), DOT_PX, DOT_PX);
    let handles: Vec<_> = states
        .iter()
        .enumerate()
        .map(|(index, picture)| add(index.to_string(), picture.width, picture.height))
        .collect();
    let ends =
        model.nodes.iter().any(|node| node.ends).then(|| add("end".to_owned(), DOT_PX, DOT_PX));
    let mut marks = Vec::new();
    let mut arrow = |edge: Option<&Edge>, mark: Option<Mark>| {
        let catch = edge.is_some_and(Edge::is_catch);
        let colour = if catch { Color::new(0xc9_2a_2a_ff) } else { Color::new(0x49_50_57_ff) };
        let look = StyleAttr::new(colour, 1, None, 0, 12);
        let line = if catch { LineStyleKind::Dashed } else { LineStyleKind::Normal };
        let label = edge.map_or("", |edge| &edge.label);
        marks.push(mark);
        let place = (marks.len() - 1).to_string();
        let (from, to) = (LineEndKind::None, LineEndKind::Arrow);
        Arrow::with_properties(from, to, line, label, &look, place, &None, &None)
    };
    if let Some(first) = handles.get(model.start) {
        layout.add_edge(arrow(None, None), start, *first);
    }
    for edge in &model.edges {
        let mark = look.mark(&model.nodes[edge.from].name, edge.part);
        layout.add_edge(arrow(Some(edge), mark), handles[edge.from], handles[edge.to]);
    }
    for (node, handle) in model.nodes.iter().zip(&handles) {
        if let (true, Some(end)) = (node.ends, ends) {
            layout.add_edge(arrow(None, look.mark(&node.name, Part::Next)), *handle, end);
        }
    }
    let mut canvas = Canvas { states: &states, marks: &marks, ..Canvas::new() };
    layout.do_it(false, false, false, &mut canvas);
    canvas.finish()
}

/// A state: a box with its name, or around its branches or items.
fn state(node: &Node, look: &dyn Look) -> Picture {
    let (line, fill) = COLOURS
        .iter()
        .find(|(kind, ..)| *kind == node.kind)
        .map_or(("#495057", "#f8f9fa"), |(_, line, fill)| (*line, *fill));
    let longest = node.name.chars().count().max(node.kind.len() + 2) as f64;
    let label_width = longest * CHARACTER_PX + 24.0;
    let inner: Vec<(&str, Picture)> =
        node.inner.iter().map(|(title, model)| (title.as_str(), graph(model, look))).collect();
    let inner_width = |picture: &Picture| picture.width + 2.0 * GAP_PX;
    let content: f64 = inner.iter().map(|(_, picture)| inner_width(picture) + GAP_PX).sum();
    let width = label_width.max(content + GAP_PX);
    let tallest = inner.iter().map(|(_, picture)| picture.height).fold(0.0, f64::max);
    let height = match inner.is_empty() {
        true => STATE_HEIGHT_PX,
        false => HEADER_PX + tallest + HEADER_PX + 3.0 * GAP_PX,
    };
    let mark = look.mark(&node.name, Part::State);
    let attributes = mark.as_ref().map(|mark| mark.attributes("state")).unwrap_or_default();
    let mut body = format!(
        "<rect width=\"{width:.1}\" height=\"{height:.1}\" rx=\"8\" fill=\"{fill}\" \
         stroke=\"{line}\" stroke-width=\"1.5\"{attributes}"
    );
    match mark {
        None => body.push_str("/>\n"),
        Some(mark) => {
            let _ = writeln!(body, "><title>{}</title></rect>", escaped(&mark.title));
        }
    }
    text(&mut body, width / 2.0, 18.0, "font-weight=\"600\"", &node.name);
    if inner.is_empty() {
        text(&mut body, width / 2.0, 35.0, &format!("font-size=\"11\" fill=\"{line}\""), node.kind);
        return Picture { width, height, body };
    }
    let mut x = GAP_PX + (width - content - GAP_PX).max(0.0) / 2.0;
    for (title, picture) in inner {
        let box_width = inner_width(&picture);
        let box_height = tallest + HEADER_PX + GAP_PX;
        let _ = writeln!(
            body,
            "<g transform=\"translate({x:.1} {:.1})\"><rect width=\"{box_width:.1}\" \
             height=\"{box_height:.1}\" rx=\"6\" fill=\"white\" stroke=\"{line}\" \
             stroke-dasharray=\"4 3\" stroke-opacity=\"0.6\"/>",
            HEADER_PX + GAP_PX / 2.0
        );
        text(&mut body, box_width / 2.0, 17.0, &format!("font-size=\"11\" fill=\"{line}\""), title);
        let _ = writeln!(
            body,
            "<g transform=\"translate({GAP_PX} {HEADER_PX})\">\n{}</g></g>",
            picture.body
        );
        x += box_width + GAP_PX;
    }
    Picture { width, height, body }
}

/// Collects what the layout draws, and replaces its boxes by ours.
struct Canvas<'a> {
    states: &'a [Picture],
    /// How each arrow is marked, by the number in its properties.
    marks: &'a [Option<Mark>],
    shapes: String,
    arrows: String,
    labels: String,
    low: Point,
    high: Point,
}

impl Canvas<'_> {
    fn new() -> Self {
        Self {
            states: &[],
            marks: &[],
            shapes: String::new(),
            arrows: String::new(),
            labels: String::new(),
            low: Point::splat(f64::INFINITY),
            high: Point::splat(f64::NEG_INFINITY),
        }
    }

    fn grow(&mut self, point: Point) {
        self.low = Point::new(self.low.x.min(point.x), self.low.y.min(point.y));
        self.high = Point::new(self.high.x.max(point.x), self.high.y.max(point.y));
    }

    fn finish(self) -> Picture {
        let (width, height) = (self.high.x - self.low.x, self.high.y - self.low.y);
        let body = format!(
            "<g transform=\"translate({:.1} {:.1})\">\n{}{}{}</g>\n",
            -self.low.x, -self.low.y, self.arrows, self.shapes, self.labels
        );
        Picture { width: width.max(0.0), height: height.max(0.0), body }
    }
}

impl RenderBackend for Canvas<'_> {
    fn draw_rect(
        &mut self,
        xy: Point,
        size: Point,
        _look: &StyleAttr,
        properties: Option<String>,
        _clip: Option<ClipHandle>,
    ) {
        self.grow(xy);
        self.grow(xy.add(size));
        let centre = xy.add(size.scale(0.5));
        let radius = DOT_PX / 2.0;
        match properties.as_deref() {
            Some("start") => {
                let _ = writeln!(
                    self.shapes,
                    "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"{radius}\" fill=\"#212529\"/>",
                    centre.x, centre.y
                );
            }
            Some("end") => {
                let _ = writeln!(
                    self.shapes,
                    "<circle cx=\"{0:.1}\" cy=\"{1:.1}\" r=\"{radius}\" fill=\"white\" \
                     stroke=\"#212529\" stroke-width=\"1.5\"/><circle cx=\"{0:.1}\" cy=\"{1:.1}\" \
                     r=\"{2}\" fill=\"#212529\"/>",
                    centre.x,
                    centre.y,
                    radius - 3.0
                );
            }
            Some(index) => {
                let picture = index.parse::<usize>().ok().and_then(|index| self.states.get(index));
                if let Some(picture) = picture {
                    let _ = writeln!(
                        self.shapes,
                        "<g transform=\"translate({:.1} {:.1})\">\n{}</g>",
                        centre.x - picture.width / 2.0,
                        centre.y - picture.height / 2.0,
                        picture.body
                    );
                }
            }
            None => {}
        }
    }

    fn draw_line(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_circle(&mut self, _: Point, _: Point, _: &StyleAttr, _: Option<String>) {}

    fn draw_text(&mut self, xy: Point, label: &str, look: &StyleAttr) {
        if label.is_empty() {
            return;
        }
        let half = label.chars().count() as f64 * CHARACTER_PX * 0.4;
        self.grow(xy.sub(Point::new(half, 8.0)));
        self.grow(xy.add(Point::new(half, 8.0)));
        // A white edge keeps the label readable where it crosses a line.
        let style = format!(
            "font-size=\"12\" fill=\"{}\" stroke=\"white\" stroke-width=\"4\" paint-order=\"stroke\"",
            look.line_color.to_web_color().get(..7).unwrap_or("#495057")
        );
        text(&mut self.labels, xy.x, xy.y + 4.0, &style, label);
    }

    fn draw_arrow(
        &mut self,
        path: &[(Point, Point)],
        dashed: bool,
        head: (bool, bool),
        _look: &StyleAttr,
        properties: Option<String>,
        _text: &str,
    ) {
        let [first, second, rest @ ..] = path else { return };
        for point in path {
            self.grow(point.0);
        }
        let mut line = format!(
            "M{:.1} {:.1} C{:.1} {:.1} {:.1} {:.1} {:.1} {:.1}",
            first.0.x,
            first.0.y,
            first.1.x,
            first.1.y,
            second.0.x,
            second.0.y,
            second.1.x,
            second.1.y
        );
        for (control, point) in rest {
            let _ =
                write!(line, " S{:.1} {:.1} {:.1} {:.1}", control.x, control.y, point.x, point.y);
        }
        for (_, point) in &path[1..] {
            self.grow(*point);
        }
        let (colour, dash, marker) = match dashed {
            true => ("#c92a2a", " stroke-dasharray=\"5 4\"", "catch"),
            false => ("#495057", "", "head"),
        };
        // The layout turns ways back around; their head is then at the start of the line.
        let mut heads = String::new();
        for (wanted, end) in [(head.0, "start"), (head.1, "end")] {
            if wanted {
                let _ = write!(heads, " marker-{end}=\"url(#{marker})\"");
            }
        }
        let mark = properties
            .and_then(|place| place.parse::<usize>().ok())
            .and_then(|place| self.marks.get(place)?.as_ref());
        let attributes = mark.map(|mark| mark.attributes("way")).unwrap_or_default();
        let _ = writeln!(
            self.arrows,
            "<path d=\"{line}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"1.3\"{dash}{heads}{attributes}/>"
        );
        if let Some(mark) = mark {
            // A line is too thin to point at; an unseen one around it shows the title.
            let _ = writeln!(
                self.arrows,
                "<path d=\"{line}\" fill=\"none\" stroke=\"transparent\" stroke-width=\"14\">\
                 <title>{}</title></path>",
                escaped(&mark.title)
            );
        }
    }

    fn create_clip(&mut self, _xy: Point, _size: Point, _rounded_px: usize) -> ClipHandle {
        0
    }
}

/// Centred text.
fn text(out: &mut String, x: f64, y: f64, style: &str, text: &str) {
    let escaped = escaped(text);
    let _ = writeln!(
        out,
        "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\" {style}>{escaped}</text>"
    );
}
