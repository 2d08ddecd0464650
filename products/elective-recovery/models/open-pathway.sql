-- Clocks that are running on the day of the snapshot, as metrics/rtt-incomplete counts them, each with the appointments
-- of its pathway. A clock without a start has no place here.
with seen as (
  select
    a.person,
    a.pathwayId,
    a.startDateTime as day,
    a.outcomeOfAttendanceCode as outcome,
    count(a.attendanceId) over (partition by a.person, a.pathwayId) as appointments,
    row_number() over (partition by a.person, a.pathwayId order by a.startDateTime desc, a.attendanceId) as latest
  from Appointment a
  where a.startDateTime <= a.asAt
)
select
  p.person,
  p.rttPeriodId,
  p.patientId,
  p.pathwayId,
  p.providerCode,
  p.commissionerCode,
  p.treatmentFunctionCode,
  p.clockStartDate,
  least(104, greatest(0, (date_diff('day', p.clockStartDate, p.asAt) - 1) // 7))::integer as weekBand,
  coalesce(s.appointments, 0) as appointments,
  s.day as lastAppointmentDate,
  s.outcome as lastAppointmentOutcome
from RttPeriod p
left join seen s on s.person = p.person and s.pathwayId = p.pathwayId and s.latest = 1
where p.clockStartDate <= p.asAt
  and (p.clockStopDate is null or p.clockStopDate > p.asAt)
  and p.statusCode is distinct from '33'
