//! Calls of the 18 intrinsic functions.

use super::generator::Generator;
use super::jsonpath::Reads;
use super::shape::{Shape, Want};

/// Calls nest at most so deep.
const DEPTH_MAX: usize = 3;

impl Generator<'_, '_, '_> {
    /// A call that gives a value of the wanted type, if there is a function that does, and what it gives.
    pub(super) fn intrinsic(
        &mut self,
        reads: &Reads<'_>,
        want: Want,
        depth: usize,
    ) -> (String, Shape) {
        use Want::{Bool, Int, Ints, List, Number, Objects, Text};
        let give = |name: &str, arguments: &[String], shape: Shape| {
            (format!("States.{name}({})", arguments.join(", ")), shape)
        };
        let of_type = match want {
            Int | Number => self.draw.below(4),
            Bool => 4,
            Text => 5 + self.draw.below(6),
            Ints => 11 + self.draw.below(3),
            List | Objects => 11 + self.draw.below(5),
            _ => self.draw.below(19),
        };
        match of_type {
            0 => {
                let (a, b) = (self.argument(reads, Int, depth), self.argument(reads, Int, depth));
                give("MathAdd", &[a, b], Shape::Int)
            }
            1 => give("ArrayLength", &[self.argument(reads, List, depth)], Shape::Int),
            2 => {
                let mut arguments = vec![self.draw.below(3).to_string(), "9".into()];
                if self.draw.chance(1, 2) {
                    arguments.push(self.argument(reads, Int, depth));
                }
                give("MathRandom", &arguments, Shape::Int)
            }
            3 => self.array_get_item(reads, want),
            4 => {
                let list = self.argument(reads, Ints, depth);
                let item = self.argument(reads, Int, depth);
                give("ArrayContains", &[list, item], Shape::Bool)
            }
            5 => self.format(reads, depth),
            6 => give("JsonToString", &[self.any_path(reads)], Shape::Json),
            7 => give("Base64Encode", &[self.argument(reads, Text, depth)], Shape::Text),
            8 => {
                let plain = self.argument(reads, Text, depth + 1);
                let (encoded, _) = give("Base64Encode", &[plain], Shape::Text);
                give("Base64Decode", &[encoded], Shape::Text)
            }
            9 => {
                let names = ["'SHA-256'", "'MD5'", "'SHA-1'", "'SHA-384'", "'SHA-512'"];
                let name = (self.draw.pick(&names)).to_owned();
                give("Hash", &[self.argument(reads, Text, depth), name], Shape::Text)
            }
            10 => give("UUID", &[], Shape::Text),
            11 => {
                let count = self.draw.below(4);
                let items: Vec<_> = (0..count).map(|_| self.argument(reads, Int, depth)).collect();
                give("Array", &items, Shape::list(Shape::Int, count))
            }
            12 => {
                let (last, step) = (self.draw.below(12), 1 + self.draw.below(4));
                let arguments = ["0".to_owned(), last.to_string(), step.to_string()];
                give("ArrayRange", &arguments, Shape::list(Shape::Int, last / step + 1))
            }
            13 => give(
                "ArrayUnique",
                &[self.argument(reads, Ints, depth)],
                Shape::list(Shape::Int, 0),
            ),
            14 => {
                let text = self.argument(reads, Text, depth);
                let delimiter = (self.draw.pick(&["','", "'b'", "',;'", "' '"])).to_owned();
                give("StringSplit", &[text, delimiter], Shape::list(Shape::Text, 0))
            }
            15 => {
                let list = self.argument(reads, Ints, depth);
                let size = (1 + self.draw.below(3)).to_string();
                let shape = Shape::list(Shape::list(Shape::Int, 0), 0);
                give("ArrayPartition", &[list, size], shape)
            }
            16 => self.string_to_json(reads),
            _ => self.json_merge(reads),
        }
    }

    /// An argument: a literal, a path, or a call.
    fn argument(&mut self, reads: &Reads<'_>, want: Want, depth: usize) -> String {
        if depth < DEPTH_MAX && self.draw.chance(1, 6) {
            return self.intrinsic(reads, want, depth + 1).0;
        }
        if self.draw.chance(5, 8)
            && let Some((path, _)) = self.path(reads, want)
        {
            return path;
        }
        match want {
            Want::Text => quoted(self.text()),
            Want::Int | Want::Number => self.small_int().to_string(),
            Want::Bool => "true".into(),
            // A list can only come from a path or a call.
            _ => match self.path(reads, want) {
                Some((path, _)) => path,
                None => format!("States.Array({}, {})", self.small_int(), self.small_int()),
            },
        }
    }

    fn any_path(&mut self, reads: &Reads<'_>) -> String {
        self.path(reads, Want::Any).map_or_else(|| "$".to_owned(), |(path, _)| path)
    }

    fn array_get_item(&mut self, reads: &Reads<'_>, want: Want) -> (String, Shape) {
        let lists = if matches!(want, Want::Int | Want::Number) { Want::Ints } else { Want::List };
        match self.path(reads, lists) {
            Some((path, Shape::List(item, length))) if length > 0 => {
                let index = self.draw.below(length);
                (format!("States.ArrayGetItem({path}, {index})"), *item)
            }
            _ => ("States.ArrayGetItem(States.Array(1, 2), 1)".into(), Shape::Int),
        }
    }

    fn format(&mut self, reads: &Reads<'_>, depth: usize) -> (String, Shape) {
        let count = self.draw.below(3);
        let mut template = String::from(self.draw.pick(&["", "a ", "it\\'s ", "\\{\\} ", "ü"]));
        let mut call = String::from("States.Format(");
        let mut arguments = String::new();
        for _ in 0..count {
            template.push_str("{} ");
            arguments.push_str(", ");
            let want = self.draw.pick(&[Want::Text, Want::Int, Want::Scalar]);
            let argument = match want {
                Want::Scalar => {
                    self.path(reads, want).map_or_else(|| "null".to_owned(), |(path, _)| path)
                }
                want => self.argument(reads, want, depth),
            };
            arguments.push_str(&argument);
        }
        call.push('\'');
        call.push_str(&template);
        call.push('\'');
        call.push_str(&arguments);
        call.push(')');
        (call, Shape::Text)
    }

    fn string_to_json(&mut self, reads: &Reads<'_>) -> (String, Shape) {
        if let Some((path, _)) = self.path(reads, Want::Json) {
            return (format!("States.StringToJson({path})"), Shape::Any);
        }
        let text = self.draw.pick(&["'[1, 2]'", "'3'", "''", "'\"a\"'", "'null'"]);
        (format!("States.StringToJson({text})"), Shape::Any)
    }

    fn json_merge(&mut self, reads: &Reads<'_>) -> (String, Shape) {
        let first = self.path(reads, Want::Object);
        let second = self.path(reads, Want::Object);
        match (first, second) {
            (Some((first, a)), Some((second, b))) => {
                let mut merged = a;
                if let Shape::Object(fields) = b {
                    for (name, shape) in fields {
                        merged = merged.with(name, shape);
                    }
                }
                (format!("States.JsonMerge({first}, {second}, false)"), merged)
            }
            _ => ("States.UUID()".into(), Shape::Text),
        }
    }
}

/// A text between quotes.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("'");
    for c in text.chars() {
        if matches!(c, '\'' | '{' | '}' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}
