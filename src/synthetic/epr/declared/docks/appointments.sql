SELECT booking_ref AS "attendanceId", hosp_no AS "patientId", referral_ref AS "referralId",
  tfc AS "treatmentFunctionCode", booked_at AS "dateTimeBooked", clinic_at AS "startDateTime",
  clinic_at + length_min * interval '1 minute' AS "endDateTime", length_min AS "bookedDuration",
  first_or_fu = 'F' AS "isFirstAppointment",
  CASE outcome WHEN 'AT' THEN 'Attended' WHEN 'NA' THEN 'Did not attend' WHEN 'CX' THEN 'Cancelled'
    WHEN 'RS' THEN 'Rescheduled' ELSE 'Booked' END AS "bookingStatus",
  CASE WHEN outcome IN ('CX', 'RS') THEN outcome_at END AS "dateTimeCancelled"
FROM pas.op_booking
