//! Which state reads which variables: what DescribeStateMachine calls `variableReferences`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::definition::{Definition, StateGraph};
use super::state::{
    Catcher, ChoiceState, Comparison, Computed, Condition, DataFlow, ItemBatcher, ItemReader,
    ItemsSource, MapState, Operand, PathField, State, StateKind, WaitUntil,
};
use crate::expr::jsonpath::PathRoot;
use crate::expr::{Assign, Expression, JsonPath, Located, Template};

/// The variables that each state reads, by the state's name. States that read none are left out.
#[must_use]
pub fn variable_references(definition: &Definition) -> BTreeMap<Arc<str>, BTreeSet<String>> {
    let mut references = BTreeMap::new();
    graph(&definition.graph, &mut references);
    references
}

fn graph(graph: &StateGraph, references: &mut BTreeMap<Arc<str>, BTreeSet<String>>) {
    for state in &graph.states {
        let mut found = Found::default();
        found.state(state);
        if !found.0.is_empty() {
            references.entry(state.name.clone()).or_default().extend(found.0);
        }
        match &state.kind {
            StateKind::Parallel(parallel) => {
                parallel.branches.iter().for_each(|branch| self::graph(branch, references));
            }
            StateKind::Map(map) => self::graph(&map.processor, references),
            _ => {}
        }
    }
}

/// Variables found in one state, not counting those of states inside it.
#[derive(Default)]
struct Found(BTreeSet<String>);

impl Found {
    fn state(&mut self, state: &State) {
        match &state.kind {
            StateKind::Pass(state) => self.flow(&state.flow),
            StateKind::Task(state) => {
                self.flow(&state.flow);
                self.template(&state.credentials);
                self.computed(&state.timeout_seconds);
                self.computed(&state.heartbeat_seconds);
                self.catchers(&state.catch);
            }
            StateKind::Choice(state) => self.choice(state),
            StateKind::Wait(state) => {
                self.flow(&state.flow);
                match &state.until {
                    WaitUntil::Seconds(Computed::Expression(expression))
                    | WaitUntil::Timestamp(Computed::Expression(expression)) => {
                        self.expression(expression);
                    }
                    WaitUntil::Seconds(_) | WaitUntil::Timestamp(_) => {}
                }
            }
            StateKind::Succeed(state) => self.flow(&state.flow),
            StateKind::Fail(state) => {
                self.computed(&state.error);
                self.computed(&state.cause);
            }
            StateKind::Parallel(state) => {
                self.flow(&state.flow);
                self.catchers(&state.catch);
            }
            StateKind::Map(state) => self.map(state),
        }
    }

    fn choice(&mut self, state: &ChoiceState) {
        self.flow(&state.flow);
        for rule in &state.choices {
            self.condition(&rule.condition);
            self.assign(&rule.assign);
            self.template(&rule.output);
        }
    }

    fn condition(&mut self, condition: &Condition) {
        match condition {
            Condition::And(all) | Condition::Or(all) => {
                all.iter().for_each(|condition| self.condition(condition));
            }
            Condition::Not(condition) => self.condition(condition),
            Condition::Compare { variable, comparison } => {
                self.path(variable);
                if let Comparison::Ordered { operand: Operand::Path(path), .. }
                | Comparison::BooleanEquals(Operand::Path(path)) = comparison
                {
                    self.path(path);
                }
            }
            Condition::Literal(_) => {}
            Condition::Expression(expression) => self.expression(expression),
        }
    }

    fn map(&mut self, state: &MapState) {
        self.flow(&state.flow);
        match &state.items {
            ItemsSource::Input => {}
            ItemsSource::Path(path) => self.path(path),
            ItemsSource::Items(template) => self.template_of(template),
        }
        self.template(&state.item_selector);
        self.computed(&state.max_concurrency);
        self.computed(&state.tolerated_failure_count);
        self.computed(&state.tolerated_failure_percentage);
        if let Some(ItemReader { parameters, max_items, .. }) = &state.item_reader {
            self.template_of(parameters);
            self.computed(max_items);
        }
        if let Some(batcher) = &state.item_batcher {
            let ItemBatcher { batch_input, max_items_per_batch, max_input_bytes_per_batch } =
                batcher;
            self.template(batch_input);
            self.computed(max_items_per_batch);
            self.computed(max_input_bytes_per_batch);
        }
        if let Some(writer) = &state.result_writer {
            self.template(&writer.parameters);
        }
        self.catchers(&state.catch);
    }

    fn flow(&mut self, flow: &DataFlow) {
        for field in [&flow.input_path, &flow.output_path] {
            if let PathField::Path(path) = field {
                self.path(path);
            }
        }
        for template in [&flow.parameters, &flow.arguments, &flow.result_selector, &flow.output] {
            self.template(template);
        }
        self.assign(&flow.assign);
    }

    fn catchers(&mut self, catchers: &[Catcher]) {
        for catcher in catchers {
            self.template(&catcher.output);
            self.assign(&catcher.assign);
        }
    }

    fn assign(&mut self, assign: &Option<Assign>) {
        let variables = assign.iter().flat_map(|assign| &assign.variables);
        variables.for_each(|(_, template)| self.template_of(template));
    }

    fn template(&mut self, template: &Option<Template>) {
        template.iter().for_each(|template| self.template_of(template));
    }

    fn template_of(&mut self, template: &Template) {
        match template {
            Template::Literal(_) => {}
            Template::Array(items) => items.iter().for_each(|item| self.template_of(item)),
            Template::Object(entries) => {
                entries.iter().for_each(|(_, item)| self.template_of(item));
            }
            Template::Expression(expression) => self.expression(expression),
        }
    }

    fn computed<T>(&mut self, computed: &Option<Computed<T>>) {
        if let Some(Computed::Expression(expression)) = computed {
            self.expression(expression);
        }
    }

    fn expression(&mut self, expression: &Located<Expression>) {
        match &expression.item {
            Expression::Path(path) => self.path(path),
            Expression::Intrinsic(call) => call.paths(&mut |path| self.path(path)),
            Expression::Jsonata(expression) => {
                self.0.extend(expression.references().variables.iter().cloned());
            }
        }
    }

    fn path(&mut self, path: &JsonPath) {
        if let PathRoot::Variable(name) = path.root() {
            self.0.insert(name.to_string());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::asl::{WorkflowType, compile};

    fn references(definition: &Value) -> Value {
        let compiled = compile(&definition.to_string(), WorkflowType::Standard);
        let definition =
            compiled.definition.unwrap_or_else(|| panic!("{:?}", compiled.diagnostics));
        json!(variable_references(&definition))
    }

    #[test]
    fn paths_intrinsics_and_choices() {
        let definition = json!({"StartAt": "Set", "States": {
            "Set": {"Type": "Pass", "Assign": {"a": 1, "b": [1], "c": "$a"}, "Next": "Test"},
            "Test": {"Type": "Choice", "Choices": [{"Not": {"Variable": "$a", "StringEqualsPath": "$c"}, "Next": "Each"}]},
            "Each": {"Type": "Map", "ItemsPath": "$b", "MaxConcurrencyPath": "$a",
                "ItemSelector": {"text.$": "States.Format('{}{}', $$.Map.Item.Value, States.JsonToString($c))"},
                "ItemProcessor": {"StartAt": "Inside", "States": {
                    "Inside": {"Type": "Pass", "Parameters": {"a.$": "$a", "b": "$b"}, "End": true}}},
                "End": true},
        }});
        let expected = json!({"Each": ["a", "b", "c"], "Inside": ["a"], "Test": ["a", "c"]});
        assert_eq!(references(&definition), expected);
    }

    #[test]
    fn jsonata_leaves_out_states_functions_and_what_it_binds_itself() {
        let definition = json!({"QueryLanguage": "JSONata", "StartAt": "Set", "States": {
            "Set": {"Type": "Pass", "Assign": {"a": 1, "b": "{% $states.input %}"}, "Next": "Use"},
            "Use": {"Type": "Pass", "Output": "{% ($own := 2; $sum([$a, $own]) & $string($b)) %}", "End": true},
        }});
        assert_eq!(references(&definition), json!({"Use": ["a", "b"]}));
    }

    #[test]
    fn nothing_when_no_variable_is_read() {
        let definition = json!({"StartAt": "P", "States": {"P": {"Type": "Pass", "End": true}}});
        assert_eq!(references(&definition), json!({}));
    }
}
