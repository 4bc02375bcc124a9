-- /// sessiontrace
-- title = "Evaluations"
-- summary = "Scores of sessions, turns and spans."
-- grain = "one score"
-- key = ["trace_id", "span_id", "name", "source"]
-- columns = [
--   { name = "session_id", help = "session of the scored span" },
--   { name = "turn_id", help = "turn of the scored span" },
--   { name = "trace_id", help = "trace of the scored span" },
--   { name = "span_id", help = "span that carries the score" },
--   { name = "name", help = "name of the evaluation; score where it has none" },
--   { name = "score", help = "the score, as exported" },
--   { name = "label", help = "the label, as exported" },
--   { name = "source", help = "event:, log: or attribute: and the key it was read from" },
--   { name = "turn_index", help = "turn of the scored span, 1..n in the session" },
--   { name = "rank", help = "place of the span in the total order" },
-- ]
-- ///
with event_scores as (
    select
        events.span_ord,
        events.trace_id,
        events.span_id,
        any_value_of(events.attribute_keys, events.attribute_values, 'gen_ai.evaluation.name')
            as name,
        to_finite(any_value_of(
            events.attribute_keys, events.attribute_values, 'gen_ai.evaluation.score.value'
        )) as score,
        any_value_of(
            events.attribute_keys, events.attribute_values, 'gen_ai.evaluation.score.label'
        ) as label,
        'event:gen_ai.evaluation.result' as source
    from span_events as events
    where events.name = 'gen_ai.evaluation.result'
),

log_scores as (
    select
        context.span_ord,
        logs.trace_id,
        logs.span_id,
        any_value_of(logs.attribute_keys, logs.attribute_values, 'gen_ai.evaluation.name') as name,
        to_finite(any_value_of(
            logs.attribute_keys, logs.attribute_values, 'gen_ai.evaluation.score.value'
        )) as score,
        any_value_of(logs.attribute_keys, logs.attribute_values, 'gen_ai.evaluation.score.label')
            as label,
        'log:gen_ai.evaluation.result' as source
    from log_records as logs
    left join span_context as context
        on logs.trace_id = context.trace_id and logs.span_id = context.span_id
    where
        logs.event_name = 'gen_ai.evaluation.result'
        or list_contains(logs.attribute_keys, 'gen_ai.evaluation.name')
),

-- OpenInference: annotations.{i}.annotation.name, evaluations.{i}.evaluation.score, with a prefix.
annotation_keys as (
    select
        shape_hash,
        key,
        regexp_extract(key, '^((trace\.|session\.)?(annotations|evaluations)\.\d+)\.', 1) as prefix
    from (select shape_hash, unnest(attribute_keys) as key from span_shapes)
    where regexp_matches(
        key, '^(trace\.|session\.)?(annotations|evaluations)\.\d+\.(annotation|evaluation)\.name$'
    )
),

annotation_scores as (
    select
        records.span_ord,
        records.trace_id,
        records.span_id,
        any_value_of(shapes.attribute_keys, records.attribute_values, keys.key) as name,
        to_finite(any_value_of(
            shapes.attribute_keys,
            records.attribute_values,
            regexp_replace(keys.key, '\.name$', '.score')
        )) as score,
        any_value_of(
            shapes.attribute_keys,
            records.attribute_values,
            regexp_replace(keys.key, '\.name$', '.label')
        ) as label,
        'attribute:' || regexp_replace(keys.prefix, '\.\d+$', '') as source
    from span_records as records
    inner join annotation_keys as keys on records.shape_hash = keys.shape_hash
    inner join span_shapes as shapes on records.shape_hash = shapes.shape_hash
),

attribute_scores as (
    select
        context.span_ord,
        context.trace_id,
        context.span_id,
        coalesce(declared.evaluation_name, 'score') as name,
        declared.evaluation_score as score,
        declared.evaluation_label as label,
        'attribute:gen_ai.evaluation' as source
    from resolved_declared as declared
    inner join span_context as context on declared.span_ord = context.span_ord
    where
        (declared.evaluation_score is not null or declared.evaluation_label is not null)
        and declared.span_ord not in (select span_ord from annotation_scores)
),

satisfaction_scores as (
    select
        context.span_ord,
        context.trace_id,
        context.span_id,
        'user_satisfaction' as name,
        declared.satisfaction as score,
        cast(null as varchar) as label,
        'attribute:session.user_satisfaction' as source
    from resolved_declared as declared
    inner join span_context as context on declared.span_ord = context.span_ord
    where declared.satisfaction is not null
),

gathered as (
    select * from event_scores
    union all
    select * from log_scores
    union all
    select * from annotation_scores
    union all
    select * from attribute_scores
    union all
    select * from satisfaction_scores
)

select
    context.session_id,
    turns.turn_id,
    gathered.trace_id,
    gathered.span_id,
    coalesce(gathered.name, 'score') as name,
    gathered.score,
    gathered.label,
    gathered.source,
    turns.turn_index,
    context.rank
from gathered
left join span_context as context on gathered.span_ord = context.span_ord
left join turn_keys on context.anchor_ord = turn_keys.anchor_ord
left join turns on turn_keys.turn_ord = turns.turn_ord
