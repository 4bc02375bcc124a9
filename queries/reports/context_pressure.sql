-- /// sessiontrace
-- title = "Context window pressure"
-- summary = "How full context windows get, by conversation and by turn, and what is pruned."
-- section = "context"
-- columns = [
--   { name = "measure", role = "group" },
--   { name = "band", role = "group", help = "turns within the session" },
--   { name = "k", role = "k" },
--   { name = "n", role = "n", help = "conversations or turns with context data" },
--   { name = "share", role = "value", unit = "share", help = "k / n" },
--   { name = "low", role = "low", unit = "share", help = "of share, 95 %, Wilson" },
--   { name = "high", role = "high", unit = "share" },
--   { name = "p50", role = "value" },
--   { name = "p90", role = "value" },
--   { name = "max", role = "value" },
--   { name = "total", role = "value" },
--   { name = "unit", role = "unit", help = "of p50, p90, max and total" },
-- ]
-- ///
--
-- Above 0.8 of the window the oldest messages go, or the answer gets worse. A conversation's value
-- is its fullest moment; the bands by turn show when it comes.
with

conversations_seen as (
    select conversations.*
    from conversations
    join selected_sessions on selected_sessions.session_id = conversations.session_id
),

turns_seen as (
    select turns.context_share, turn_band(turns.turn_index) as band
    from turns
    join selected_sessions on selected_sessions.session_id = turns.session_id
    where turns.context_share is not null
),

bands as (
    select * from (values
        (1, '1'), (2, '2-3'), (3, '4-6'), (4, '7-10'), (5, '11-20'), (6, '21 or more')
    ) as named(place, band)
),

by_band as (
    select
        bands.place,
        bands.band,
        count(*) filter (where is_context_full(turns_seen.context_share)) as k,
        known(turns_seen.context_share) as n,
        percentile(turns_seen.context_share, 0.5) as p50,
        percentile(turns_seen.context_share, 0.9) as p90,
        cast(max(turns_seen.context_share) as double) as largest,
    from bands
    join turns_seen on turns_seen.band = bands.band
    group by bands.place, bands.band
),

shown as (
    select 1 as place, 'conversations with context data' as measure,
        cast(null as varchar) as band,
        count(*) filter (where max_context_share is not null or max_context_tokens is not null)
            as k,
        count(*) as n, cast(null as double) as p50, cast(null as double) as p90,
        cast(null as double) as largest, cast(null as double) as total,
        'conversations' as unit
    from conversations_seen
    union all
    select 2, 'context share of a conversation', null,
        count(*) filter (where is_context_full(max_context_share)), known(max_context_share),
        percentile(max_context_share, 0.5), percentile(max_context_share, 0.9),
        cast(max(max_context_share) as double), null, 'share'
    from conversations_seen
    union all
    select 3, 'context tokens of a conversation', null, null, known(max_context_tokens),
        percentile(max_context_tokens, 0.5), percentile(max_context_tokens, 0.9),
        cast(max(max_context_tokens) as double), null, 'tokens'
    from conversations_seen
    union all
    select 4, 'context limit', null, null, known(context_limit),
        percentile(context_limit, 0.5), percentile(context_limit, 0.9),
        cast(max(context_limit) as double), null, 'tokens'
    from conversations_seen
    union all
    select 5, 'turns above 0.8', null,
        count(*) filter (where is_context_full(context_share)), known(context_share),
        percentile(context_share, 0.5), percentile(context_share, 0.9),
        cast(max(context_share) as double), null, 'share'
    from turns_seen
    union all
    select 6, 'prunes of a conversation', null, count(*) filter (where prunes > 0),
        known(prunes), percentile(prunes, 0.5), percentile(prunes, 0.9),
        cast(max(prunes) as double), total(prunes), 'prunes'
    from conversations_seen
    union all
    select 7, 'messages pruned of a conversation', null,
        count(*) filter (where messages_pruned > 0), known(messages_pruned),
        percentile(messages_pruned, 0.5), percentile(messages_pruned, 0.9),
        cast(max(messages_pruned) as double), total(messages_pruned), 'messages'
    from conversations_seen
    union all
    select 10 + place, 'context share by turn', band, k, n, p50, p90, largest, null, 'share'
    from by_band
)

select
    measure,
    band,
    k,
    n,
    sig12(rate(k, n)) as share,
    sig12(wilson_low(k, n)) as low,
    sig12(wilson_high(k, n)) as high,
    sig12(p50) as p50,
    sig12(p90) as p90,
    sig12(largest) as "max",
    sig12(total) as total,
    unit,
from shown
order by place
