-- Classes of a measure. Edges are fixed, so that two exports can be laid side by side; the class of
-- NULL is NULL.

-- Waiting for an answer. 1 s and 10 s are the limits at which flow of thought and attention go
-- (Nielsen 1993, Response Times: The 3 Important Limits); agents need two classes more above them.
create or replace macro wait_band(ms) as
    case
        when ms < 1000 then '0-1 s'
        when ms < 3000 then '1-3 s'
        when ms < 10000 then '3-10 s'
        when ms < 30000 then '10-30 s'
        when ms >= 30000 then '30 s or more'
    end;

-- Fill of the context window. Pruning is due above 0.8.
create or replace macro context_band(share) as
    case
        when share <= 0.5 then 'up to 0.5'
        when share <= 0.8 then '0.5 to 0.8'
        when share > 0.8 then 'above 0.8'
    end;

create or replace macro is_context_full(share) as share > 0.8;

create or replace macro turn_band(turn_index) as
    case
        when turn_index <= 1 then '1'
        when turn_index <= 3 then '2-3'
        when turn_index <= 6 then '4-6'
        when turn_index <= 10 then '7-10'
        when turn_index <= 20 then '11-20'
        when turn_index > 20 then '21 or more'
    end;
