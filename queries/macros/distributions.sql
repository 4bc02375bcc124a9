-- How a measure is spread, and how a number is shown.
--
-- Floating point addition depends on the order of the rows, and that depends on the number of
-- threads. So sums and means run over DECIMAL with nine digits behind the point, which also turns
-- NaN and infinity, both of which exporters write, into NULL.

create or replace macro exact(x) as try_cast(x as decimal(38, 9));

-- How many rows have a usable value.
create or replace macro known(x) as count(exact(x));

create or replace macro total(x) as cast(sum(exact(x)) as double);

create or replace macro mean_value(x) as
    case when count(exact(x)) > 0 then cast(sum(exact(x)) as double) / count(exact(x)) end;

-- The value at the share q of the ordered values, interpolated between neighbours (R's type 7, as
-- numpy and spreadsheets do): the median of 1, 2, 3, 4 is 2.5. Not called `quantile`: DuckDB has
-- one with the same arguments that takes the lower neighbour and says 2.
create or replace macro percentile(x, q) as quantile_cont(cast(exact(x) as double), q);

-- Twelve significant digits, in the last step only: 0.1 + 0.2 is shown as 0.3.
create or replace macro sig12(x) as cast(format('{:.12g}', cast(x as double)) as double);
