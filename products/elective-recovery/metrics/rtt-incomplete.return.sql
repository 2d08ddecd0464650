-- The same cells from the monthly return, which holds the bands already.
select
  providerCode as provider,
  commissionerCode as commissioner,
  treatmentFunctionCode as treatmentFunction,
  bandLowerWeeks as weekBand,
  pathways
from {{ returns }}
where partCode = 'Part_2' and period = {{ period }} and bandLowerWeeks is not null
