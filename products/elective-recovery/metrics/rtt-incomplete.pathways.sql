-- Clocks that were running at the end of the last day, from records of single pathways. A pathway nullified by a
-- missed first appointment (33) never counted; one whose start is unknown has no place in the incomplete return.
-- One row each: what is grouped by, and so what is read at all, depends on the question.
select
  p.providerCode as provider,
  p.commissionerCode as commissioner,
  coalesce(g.reportingGroup, 'not-mapped') as treatmentFunction,
  {{ week_band(p.clockStartDate, last_day) }} as weekBand,
  1 as pathways
from {{ periods }} p
left join {{ groups }} g
  on g.treatmentFunctionCode = p.treatmentFunctionCode
  and g.validFrom <= {{ last_day }}
  and (g.validTo is null or g.validTo >= {{ last_day }})
where p.clockStartDate <= {{ last_day }}
  and (p.clockStopDate is null or p.clockStopDate > {{ last_day }})
  and p.statusCode is distinct from '33'
