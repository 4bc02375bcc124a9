-- /// sessiontrace
-- title = "Sampling"
-- summary = "Signs that part of the traces was never exported."
-- section = "sampling"
-- columns = [
--   { name = "sign", role = "group", help = "an attribute, or tracestate" },
--   { name = "place", role = "group", help = "span, resource or tracestate" },
--   { name = "is_head", role = "text", help = "decided when the trace began" },
--   { name = "kept_share", role = "value", unit = "share", help = "lowest; NULL: it does not say" },
--   { name = "k", role = "k", help = "traces with the sign" },
--   { name = "n", role = "n", help = "traces" },
-- ]
-- ///
--
-- Head sampling loses whole turns, so every length is a lower bound, and sessions of which no trace
-- was kept are not seen at all. Sampling after the fact keeps failed and slow traces, so that rates
-- of failures are too high.
select
    sign,
    place,
    is_head,
    sig12(min(kept_share)) as kept_share,
    count(distinct trace_id) as k,
    (select count(distinct trace_ord) from span_labels) as n,
from sampling_signs
group by sign, place, is_head
order by is_head desc, k desc, sign, place
