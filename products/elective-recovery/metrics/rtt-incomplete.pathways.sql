-- Clocks that were running at the end of the last day, from records of single pathways. A pathway nullified by a
-- missed first appointment (33) never counted; one whose start is unknown has no place in the incomplete return.
with waiting as (
  select
    providerCode,
    commissionerCode,
    treatmentFunctionCode,
    {{ week_band(clockStartDate, last_day) }} as weekBand,
    count(*) as pathways
  from {{ periods }}
  where clockStartDate <= {{ last_day }}
    and (clockStopDate is null or clockStopDate > {{ last_day }})
    and statusCode is distinct from '33'
  group by all
)
select
  w.providerCode as provider,
  w.commissionerCode as commissioner,
  coalesce(g.reportingGroup, 'not-mapped') as treatmentFunction,
  w.weekBand,
  w.pathways
from waiting w
left join {{ groups }} g
  on g.treatmentFunctionCode = w.treatmentFunctionCode
  and g.validFrom <= {{ last_day }}
  and (g.validTo is null or g.validTo >= {{ last_day }})
