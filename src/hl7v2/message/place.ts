/**
 * Where something stands, for errors: numbers count from 1, as HL7 counts. The name of a segment is said only if it is
 * one of the standard's: what stands there in a broken message may be the beginning of a value.
 */
export interface Place {
  readonly segment: number
  readonly id?: string | undefined
  readonly field?: number
  readonly repetition?: number
  readonly component?: number
  readonly subcomponent?: number
}

const known = new Set(
  `ABS ACC ADD AFF AIG AIL AIP AIS AL1 APR ARQ ARV AUT BHS BLC BLG BPO BPX BTS CDM CER CM0 CM1 CM2 CNS CON CSP CSR CSS CTD
  CTI DB1 DG1 DMI DRG DSC DSP ECD ECR EDU EQP EQU ERR EVN FAC FHS FT1 FTS GOL GP1 GP2 GT1 IAM IAR IIM ILT IN1 IN2 IN3 INV
  IPC IPR ISD ITM IVC IVT LAN LCC LCH LDP LOC LRL MFA MFE MFI MRG MSA MSH NCK NDS NK1 NPU NSC NST NTE OBR OBX ODS ODT OM1
  OM2 OM3 OM4 OM5 OM6 OM7 ORC ORG OVR PAC PCE PCR PD1 PDA PDC PEO PES PID PKG PMT PR1 PRA PRB PRC PRD PRT PSG PSH PSL PSS
  PTH PV1 PV2 PYE QAK QID QPD QRD QRF QRI RCP RDF RDT REL RF1 RFI RGS RMI ROL RQ1 RQD RXA RXC RXD RXE RXG RXO RXR RXV SAC
  SCD SCH SCP SDD SFT SID SLT SPM STF STZ TCC TCD TQ1 TQ2 TXA UAC UB1 UB2 VAR VND`.split(/\s+/),
)

/** `segment 3 (PID), field 5, repetition 2, component 1`. Never a value. */
export function formatPlace({ segment, id, field, repetition, component, subcomponent }: Place): string {
  return [
    `segment ${segment}${id !== undefined && known.has(id) ? ` (${id})` : ''}`,
    ...(field === undefined ? [] : [`field ${field}`]),
    ...(repetition === undefined || repetition === 1 ? [] : [`repetition ${repetition}`]),
    ...(component === undefined ? [] : [`component ${component}`]),
    ...(subcomponent === undefined ? [] : [`subcomponent ${subcomponent}`]),
  ].join(', ')
}
