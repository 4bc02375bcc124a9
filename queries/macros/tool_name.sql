-- The name of a tool: its attribute, else the span's name without what instrumentations put around
-- it ("execute_tool search", "running tool: search", "search.tool").
create or replace macro tool_name_of(tool_name, span_name) as
    coalesce(
        tool_name,
        nullif(
            regexp_replace(
                regexp_replace(span_name, '^(execute_tool |running tool: ?)', ''), '\.tool$', ''
            ),
            ''
        )
    );
