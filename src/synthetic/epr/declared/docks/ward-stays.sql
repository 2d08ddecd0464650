SELECT move_ref AS "wardStayId", visit_no AS "admissionId", hosp_no AS "patientId", ward AS "wardId",
  from_at AS "startTimestamp", to_at AS "endTimestamp"
FROM pas.bed_move
