-- /// sessiontrace
-- title = "Order of spans"
-- summary = "The total order: start, depth, trace id, span id."
-- grain = "one span"
-- key = ["span_ord"]
-- ///
-- A table of its own, because a sort carries along every column that it is given.
select
    node.span_ord,
    row_number() over (
        order by node.start_unix_ns nulls last, tree.depth, node.trace_ord, node.span_id
    ) as rank
from span_nodes as node
inner join span_tree as tree on node.span_ord = tree.span_ord
