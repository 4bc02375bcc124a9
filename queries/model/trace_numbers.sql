-- /// sessiontrace
-- title = "Traces, numbered"
-- summary = "A number for every trace id, in the order of the ids."
-- grain = "one trace"
-- key = ["trace_ord"]
-- ///
select trace_id, row_number() over (order by trace_id) as trace_ord
from (select distinct trace_id from span_records)
