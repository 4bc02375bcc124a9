-- Rates and their uncertainty. Every interval is 95 % and two-sided.
--
-- Arguments are counts: k successes out of n. Nothing out of nothing is unknown: NULL, never 0 or
-- 1. DuckDB has no normal distribution, so tests return z and the p-value is added outside.

create or replace macro z95() as cast(1.959963984540054 as double);

create or replace macro rate(k, n) as
    case when n > 0 then cast(k as double) / cast(n as double) end;

-- Wilson's score interval. The textbook interval p +- z * sqrt(p * (1 - p) / n) says [0, 0] at 0
-- of 10 and [1, 1] at 10 of 10; this one says [0, 0.28] and [0.72, 1]. At k = 0 and at k = n one
-- end is exact by algebra and pinned, because sqrt leaves 1e-17 there.
create or replace macro wilson_centre(k, n) as
    (rate(k, n) + z95() * z95() / (2 * n)) / (1 + z95() * z95() / n);

create or replace macro wilson_radius(k, n) as
    z95() / (1 + z95() * z95() / n)
    * sqrt(rate(k, n) * (1 - rate(k, n)) / n + z95() * z95() / (4.0e0 * n * n));

create or replace macro wilson_low(k, n) as
    case
        when n is null or k is null or n <= 0 then null
        when k = 0 then cast(0 as double)
        else wilson_centre(k, n) - wilson_radius(k, n)
    end;

create or replace macro wilson_high(k, n) as
    case
        when n is null or k is null or n <= 0 then null
        when k = n then cast(1 as double)
        else wilson_centre(k, n) + wilson_radius(k, n)
    end;

-- k1/n1 - k2/n2 with Newcombe's hybrid score interval (his method 10): the two Wilson intervals put
-- together, so it never leaves [-1, 1] and holds its level in small groups.
create or replace macro rate_difference(k1, n1, k2, n2) as rate(k1, n1) - rate(k2, n2);

create or replace macro newcombe_low(k1, n1, k2, n2) as
    rate_difference(k1, n1, k2, n2)
    - sqrt(
        pow(rate(k1, n1) - wilson_low(k1, n1), 2)
        + pow(wilson_high(k2, n2) - rate(k2, n2), 2)
    );

create or replace macro newcombe_high(k1, n1, k2, n2) as
    rate_difference(k1, n1, k2, n2)
    + sqrt(
        pow(wilson_high(k1, n1) - rate(k1, n1), 2)
        + pow(rate(k2, n2) - wilson_low(k2, n2), 2)
    );

-- The pooled z of k1/n1 against k2/n2, without continuity correction. NULL where both groups are
-- all or nothing: there is no variance to test against.
create or replace macro two_proportion_z(k1, n1, k2, n2) as
    case
        when k1 + k2 > 0 and k1 + k2 < n1 + n2
            then rate_difference(k1, n1, k2, n2)
            / sqrt(
                rate(k1 + k2, n1 + n2) * (1 - rate(k1 + k2, n1 + n2))
                * (1.0e0 / nullif(n1, 0) + 1.0e0 / nullif(n2, 0))
            )
    end;
