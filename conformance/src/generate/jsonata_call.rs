//! JSONata beyond operators and the commonest functions: predicates, mappings, blocks, more functions.

use serde_json::Value;

use super::generator::Generator;
use super::jsonpath::{Reads, is_plain};
use super::shape::{Shape, Want};

impl Generator<'_, '_, '_> {
    /// An expression of the wanted type, if there is one of this kind, and what it gives.
    pub(super) fn jsonata_call(
        &mut self,
        reads: &Reads<'_>,
        want: Want,
        inner: usize,
    ) -> Option<(String, Shape)> {
        match want {
            Want::Int | Want::Number => Some((self.int_call(reads, inner), Shape::Int)),
            Want::Text => Some((self.text_function(reads, inner), Shape::Text)),
            Want::Bool => {
                let expression = match self.draw.chance(1, 2) {
                    true => {
                        format!("$contains({}, \"a\")", self.jsonata(reads, Want::Text, inner).0)
                    }
                    false => format!("$boolean({})", self.jsonata(reads, Want::Int, inner).0),
                };
                Some((expression, Shape::Bool))
            }
            Want::List | Want::Ints => Some(self.list_call(reads, want, inner)),
            Want::Object => {
                let (object, shape) = self.jsonata(reads, Want::Object, inner);
                Some((format!("$lookup({{\"a\": {object}}}, \"a\")"), shape))
            }
            Want::Any => self.any_call(reads),
            _ => None,
        }
    }

    fn int_call(&mut self, reads: &Reads<'_>, inner: usize) -> String {
        let form = self.draw.below(9);
        if form >= 6
            && let Some(expression) = self.aggregate(reads, form)
        {
            return expression;
        }
        let (a, _) = self.jsonata(reads, Want::Int, inner);
        match form {
            0 => format!("$floor({a} / 2)"),
            1 => format!("$ceil({a} / 2)"),
            2 => format!("$abs({a} - {})", self.small_int()),
            3 => format!("({a} % 3)"),
            4 => {
                let function = self.draw.pick(&["max", "min"]);
                let (list, _) = self.jsonata(reads, Want::Ints, inner);
                format!("${function}($append({list}, [{a}, 2]))")
            }
            _ => format!("($x := {a}; $x + $x)"),
        }
    }

    /// A list made one number: by a predicate, or by a mapping over objects.
    fn aggregate(&mut self, reads: &Reads<'_>, form: usize) -> Option<String> {
        if form == 6 {
            let (list, _) = self.jsonata_path(reads, Want::Ints)?;
            return Some(format!("$count({list}[$ > {}])", self.draw.below(4)));
        }
        let (list, shape) = self.jsonata_path(reads, Want::Objects)?;
        let name = int_field(&shape)?;
        Some(match form {
            7 => format!("$sum({list}.{name})"),
            _ => format!("$count({list}[$.{name} > {}])", self.draw.below(4)),
        })
    }

    fn text_function(&mut self, reads: &Reads<'_>, inner: usize) -> String {
        let (text, _) = self.jsonata(reads, Want::Text, inner);
        match self.draw.below(4) {
            0 => format!("$join([\"a\", {text}], \"-\")"),
            1 => format!("$trim({text})"),
            2 => format!("$type({text})"),
            _ => format!("($x := {text}; $x & $x)"),
        }
    }

    fn list_call(&mut self, reads: &Reads<'_>, want: Want, inner: usize) -> (String, Shape) {
        match self.draw.below(4) {
            0 if want == Want::List => {
                ("$split(\"a,b,c\", \",\")".into(), Shape::list(Shape::Text, 3))
            }
            1 => {
                let last = 1 + self.draw.below(5);
                (format!("[0..{last}]"), Shape::list(Shape::Int, last + 1))
            }
            2 => ("$distinct([3, 1, 2])".into(), Shape::list(Shape::Int, 3)),
            _ => {
                let (list, _) = self.jsonata(reads, Want::Ints, inner);
                (format!("$reverse($append({list}, [1, 2]))"), Shape::list(Shape::Int, 2))
            }
        }
    }

    /// What may be of any type: of a list that may be of any length, one item, several or nothing remain.
    fn any_call(&mut self, reads: &Reads<'_>) -> Option<(String, Shape)> {
        if self.draw.chance(1, 3) {
            let shape = self.object_shape(1);
            let text = Value::from(self.value(&shape).to_string());
            return Some((format!("$parse({text})"), shape));
        }
        let (list, shape) = self.jsonata_path(reads, Want::Objects)?;
        let name = int_field(&shape)?;
        let expression = match self.draw.chance(1, 2) {
            true => format!("{list}.{name}"),
            false => format!("{list}[$.{name} > {}]", self.draw.below(4)),
        };
        Some((expression, Shape::Any))
    }
}

/// A field of a list's objects that holds a whole number.
fn int_field(list: &Shape) -> Option<&'static str> {
    let Shape::List(item, _) = list else { return None };
    let Shape::Object(fields) = &**item else { return None };
    let mut ints = fields.iter().filter(|(name, shape)| *shape == Shape::Int && is_plain(name));
    ints.next().map(|(name, _)| *name)
}
