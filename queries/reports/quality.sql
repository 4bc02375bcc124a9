-- /// sessiontrace
-- title = "Session quality"
-- summary = "Scores by evaluation, labels, and satisfaction by how the session ended."
-- section = "quality"
-- columns = [
--   { name = "measure", role = "group", help = "score, label, satisfaction or coverage" },
--   { name = "name", role = "group", help = "of the evaluation" },
--   { name = "item", role = "group", help = "a label or an end state" },
--   { name = "k", role = "k", help = "scores with the label; sessions with a score" },
--   { name = "n", role = "n", help = "scores; scores with a label; sessions" },
--   { name = "share", role = "value", unit = "share", help = "k / n" },
--   { name = "low", role = "low", unit = "share", help = "of share, 95 %, Wilson" },
--   { name = "high", role = "high", unit = "share" },
--   { name = "mean", role = "value" },
--   { name = "p10", role = "value" },
--   { name = "p50", role = "value" },
--   { name = "p90", role = "value" },
-- ]
-- ///
--
-- Satisfaction is one value per session, so it is taken from the sessions and not counted again
-- among the scores. A mean hides two camps, so the 10th and 90th of 100 stand beside it. Few
-- sessions are scored, and not by chance: the coverage rows say how many, and satisfaction by end
-- state shows whether the ones that left early were asked at all.
with

scores as (
    select evaluations.*
    from evaluations
    join selected_sessions on selected_sessions.session_id = evaluations.session_id
    where evaluations.source is distinct from 'attribute:session.user_satisfaction'
),

rated as (
    select end_state, satisfaction from selected_sessions where satisfaction is not null
),

sessions_total as (
    select count(*) as n, count(satisfaction) as rated from selected_sessions
),

labels as (
    select name, label, count(*) as k from scores where label is not null group by name, label
),

shown as (
    select 1 as place, 'score' as measure, name, cast(null as varchar) as item,
        cast(null as bigint) as k, known(score) as n, mean_value(score) as mean,
        percentile(score, 0.1) as p10, percentile(score, 0.5) as p50,
        percentile(score, 0.9) as p90
    from scores
    group by name
    union all
    select 2, 'label', name, label, k, cast(sum(k) over (partition by name) as bigint),
        null, null, null, null
    from labels
    union all
    select 3, 'satisfaction', 'user_satisfaction', null, null, known(satisfaction),
        mean_value(satisfaction), percentile(satisfaction, 0.1),
        percentile(satisfaction, 0.5), percentile(satisfaction, 0.9)
    from rated
    union all
    select 4, 'satisfaction', 'user_satisfaction', end_state, null, known(satisfaction),
        mean_value(satisfaction), percentile(satisfaction, 0.1),
        percentile(satisfaction, 0.5), percentile(satisfaction, 0.9)
    from rated
    group by end_state
    union all
    select 5, 'coverage', 'user_satisfaction', 'sessions', rated, n, null, null, null,
        null
    from sessions_total
    union all
    select 6, 'coverage', scores.name, 'sessions', count(distinct scores.session_id),
        max(sessions_total.n), null, null, null, null
    from scores
    cross join sessions_total
    group by scores.name
    union all
    select 7, 'coverage', null, 'scores without a session',
        count(*) filter (where session_id is null), count(*), null, null, null, null
    from evaluations
)

select
    measure,
    name,
    item,
    k,
    n,
    sig12(rate(k, n)) as share,
    sig12(wilson_low(k, n)) as low,
    sig12(wilson_high(k, n)) as high,
    sig12(mean) as mean,
    sig12(p10) as p10,
    sig12(p50) as p50,
    sig12(p90) as p90,
from shown
order by place, name nulls last, k desc nulls last, n desc, item nulls last
