//! `stepclock graph`: the states and the ways between them.

mod dot;
mod mermaid;
mod model;
mod svg;

pub(crate) use model::Model;
pub(crate) use svg::{Look, Mark, draw as draw_svg};

use stepclock_engine::asl::WorkflowType;

use crate::args::{GraphArgs, GraphFormat};
use crate::error::CliError;
use crate::{load, print_text};

pub(crate) fn graph(args: &GraphArgs) -> Result<bool, CliError> {
    let definition = load::definition(&args.definition, WorkflowType::Standard)?;
    let model = Model::of(&definition);
    let drawn = match args.format {
        GraphFormat::Mermaid => mermaid::draw(&model),
        GraphFormat::Dot => dot::draw(&model),
        GraphFormat::Svg => svg::draw(&model, &svg::Plain)?,
    };
    print_text(&drawn)?;
    Ok(true)
}
