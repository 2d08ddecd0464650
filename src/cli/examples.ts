import type { Command } from 'commander'

const statistician = '--tenant national --as nadia.holt@national.example --purpose official-statistics'
const validator = '--tenant alder-vale --as vera.blake@alder-vale.example --purpose waiting-list-validation'
const manager = '--tenant alder-vale --as dot.finch@alder-vale.example --purpose data-intake'
const guardian = '--tenant alder-vale --as carys.owen@alder-vale.example --purpose waiting-list-validation'
const registrar = '--tenant alder-vale --as rob.tarn@alder-vale.example --purpose staff-register'
const owner = '--tenant alder-vale --as ian.mercer@alder-vale.example --purpose waiting-list-validation'
const analyst = '--tenant alder-vale --as anil.rao@alder-vale.example --purpose elective-planning'

/** What to type, by command; every command has one, and each runs in the synthetic economy. */
export const examples: Readonly<Record<string, readonly string[]>> = {
  login: [`login ${statistician}`],
  logout: ['logout'],
  whoami: ['whoami'],
  'tenant init': [
    'tenant init wold-valley --ods RZ9 --name "Wold Valley NHS Trust" --founder "Jo Marsh <jo.marsh@wold.example>" --caldicott-guardian "Amara Obi <amara.obi@wold.example>" --asset-owner "Lee Tran <lee.tran@wold.example>" --risk-owner "Lee Tran <lee.tran@wold.example>" --protection-officer "Di Kerr <di.kerr@wold.example>" --safety-officer "Sam Pugh <sam.pugh@wold.example>" --registrar "Ros Fenn <ros.fenn@wold.example>" --without-provider --dry-run',
  ],
  'tenant list': ['tenant list'],
  'tenant recover': ['tenant recover --reason "the disk of 3 May was lost; entries after 812 with it"'],
  'contract list': ['contract list'],
  'contract show': ['contract show RttPeriod'],
  'fhir conformance': [
    'fhir conformance sql-on-fhir-v2/tests',
    'fhir conformance sql-on-fhir-v2/tests --report test_report.json',
  ],
  'flow submit': [
    `flow submit Patient patients.csv --controller RZ1 --as-at 2026-01-31 ${manager}`,
    `flow submit Patient Patient.ndjson --format fhir-ndjson --view mappings/fhir/Patient.json --controller RZ1 --as-at 2026-01-31 ${manager}`,
    `flow submit Vaccination today.csv --events --controller RZ1 --as-at 2026-01-31 ${manager}`,
    `flow submit Patient batch.csv --mapping mappings/immunisation/patients.yaml --controller RZ1 --as-at 2026-01-31 ${manager}`,
  ],
  'mapping test': ['mapping test', 'mapping test mappings/beds/kh03-quarterly.yaml'],
  'mapping preview': ['mapping preview mappings/reference/trusts.yaml --rows made-up.csv'],
  'mapping suggest': ['mapping suggest made-up.csv --object Patient'],
  'mapping try': [`mapping try patients patients-of-the-pas.yaml ${manager}`],
  'mapping promote': [`mapping promote patients patients-of-the-pas.yaml --reason "a code that is new" ${manager}`],
  'mapping rollback': [`mapping rollback patients ${manager}`],
  'mapping history': [`mapping history patients ${manager}`],
  'flow list': [`flow list ${manager}`],
  'model list': [`model list ${manager}`],
  'model test': [`model test OpenPathway ${manager}`],
  'model propose': [`model propose OpenPathway ${manager}`],
  'model show': [`model show OpenPathway ${guardian}`],
  'model approve': [`model approve OpenPathway 3f1c0a9be2d4 ${guardian}`],
  'model diff': [`model diff OpenPathway ${manager}`],
  'model build': [`model build OpenPathway ${manager}`],
  'dock list': [`dock list ${manager}`],
  'dock connections': [`dock connections ${manager}`],
  'dock alerts': [`dock alerts ${manager}`],
  'dock health': [`dock health ${manager}`],
  'dock days': [`dock days patients ${manager}`],
  'dock plan': [`dock plan patients ${manager}`, `dock plan patients --complete ${manager}`],
  'dock run': [`dock run patients --complete ${manager}`],
  'messages list': [`messages list ${manager}`],
  'messages status': [`messages status pas ${manager}`],
  'messages run': [`messages run pas ${manager}`],
  'messages refused': [`messages refused pas ${manager}`],
  'outbound list': [`outbound list ${validator}`],
  'outbound queue': [`outbound queue pas ${validator}`],
  'outbound send': [`outbound send pas ${validator}`],
  'outbound retry': [`outbound retry pas ${validator}`, `outbound retry pas 812.1 ${validator}`],
  'outbound drop': [`outbound drop pas 812.1 --reason "told by telephone" ${validator}`],
  'quarantine list': [`quarantine list ${manager}`, `quarantine list 3f9c0a7d12be ${manager}`],
  'quarantine show': [`quarantine show 3f9c0a7d12be ${validator}`],
  'person unlink': [`person unlink 100234 --controller RZ1 --reason "two people with one number" ${manager}`],
  'person relink': [`person relink 100234 --controller RZ1 --reason "the number was put right" ${manager}`],
  'action list': [`action list ${validator}`],
  'action apply': [
    `action apply request-pathway-change pathway=PW-RZ1-20004 propertyToModify=pathwayStatus newValue=Closed ${validator}`,
  ],
  'edits list': [`edits list ${validator}`],
  'edits show': [`edits show 812.0 ${validator}`],
  'edits keep': [`edits keep 812.0 --because "the system is wrong, and its keeper knows" ${validator}`],
  'edits withdraw': [`edits withdraw 812.0 --because "decided again in clinic" ${validator}`],
  'edits undo': [`edits undo 812 --because "the wrong encounter" ${validator}`],
  'object list': [`object list ${validator}`],
  'object describe': [`object describe RttPeriod ${validator}`],
  'object read': [
    `object read RttPeriod --columns rttPeriodId,clockStartDate --where "statusCode=20" --order-by clockStartDate ${validator}`,
    `object read RttPeriod --as-of 2026-11-30 ${validator}`,
  ],
  'object count': [`object count RttPeriod --group-by treatmentFunctionCode ${validator}`],
  'metric list': ['metric list'],
  'metric run': ['metric run rtt-incomplete --period 2026-01 --by provider --json'],
  'metric compare': ['metric compare rtt-incomplete --with Full-CSV-data-file-Jan26.zip'],
  'official rtt': ['official rtt Full-CSV-data-file-Jan26.zip'],
  'synth every-type': ['synth every-type', 'synth every-type --rows 1000'],
  'synth epr': ['synth epr alder-vale', 'synth epr alder-vale --day 2026-10-25 --to hospital-day'],
  'synth waiting-list': ['synth waiting-list', 'synth waiting-list --patients 1000 --seed other'],
  'synth england': ['synth england --from Full-CSV-data-file-Jan26.zip'],
  'access list': ['access list', 'access list --tenant national --as-of 2026-01-31'],
  'access officers': ['access officers --tenant alder-vale'],
  'access explain': [`access explain Patient --level pseudonymised ${validator}`],
  'access grant': [
    `access grant validate-again --to vera.blake@alder-vale.example --object RttPeriod --level identifiable --for waiting-list-validation --dpia elective-recovery-alder-vale --days 30 ${guardian}`,
  ],
  'access grant-list': [`access grant-list grants.json ${guardian}`],
  'access revoke': [`access revoke validate-again --reason "no longer needed" ${guardian}`],
  'break-glass open': [
    `break-glass open 100234 --controller RZ1 --reason "brought in unconscious, allergies unknown" --tenant alder-vale --as anil.rao@alder-vale.example --purpose waiting-list-validation`,
  ],
  'break-glass list': ['break-glass list', 'break-glass list --all --tenant alder-vale'],
  'break-glass review': [
    `break-glass review glass-3f9c0a7d12be ${guardian}`,
    `break-glass review glass-3f9c0a7d12be --outcome justified --reason "an emergency" ${guardian}`,
  ],
  'staff load': [`staff load staff.csv --dry-run ${registrar}`, `staff load staff.csv ${registrar}`],
  'access request': [
    `access request winter-beds --family elective-waits --level pseudonymised --for elective-planning --dpia elective-recovery-alder-vale --reason "beds for the winter" ${analyst}`,
  ],
  'access requests': [`access requests ${guardian}`],
  'access approve': [`access approve winter-plan ${guardian}`, `access approve winter-plan --items 0,1 ${guardian}`],
  'access decline': [`access decline winter-plan --items 1 --reason "figures will do" ${guardian}`],
  'access mine': [`access mine ${validator}`],
  'access notices': [`access notices ${validator}`],
  'access review': [`access review validate-patient --outcome keep --reason "the list is still validated" ${owner}`],
  'access end-outsiders': [
    `access end-outsiders --reason "an incident at the supplier" ${guardian}`,
    `access end-outsiders --employer ZS1 --reason "the contract has ended" ${guardian}`,
  ],
  'dpia show': [`dpia show elective-recovery-alder-vale ${validator}`],
  'dpia diff': [`dpia diff elective-recovery-alder-vale 1 2 ${validator}`],
  'dpia draft': [`dpia draft elective-recovery-alder-vale ${guardian}`],
  'dpia dry-run': [`dpia dry-run --file elective-recovery-2.json ${guardian}`],
  'dpia approve': [`dpia approve --file elective-recovery-2.json ${guardian}`],
  'govern types': ['govern types', 'govern types team-joined'],
  'govern sign': [
    `govern sign family-registered --json '{"id":"waits","title":"Waits","objects":["RttPeriod"]}' ${guardian}`,
    `govern sign contract-registered --file contract.json ${guardian}`,
  ],
  'govern sign-list': [`govern sign-list register.json ${registrar}`],
  'govern show': [`govern show purposes ${validator}`, `govern show people ${guardian}`],
  'register activities': [`register activities --from published-lists ${registrar}`],
  'engineer profile': [
    'engineer profile RttPeriod --tenant alder-vale --as eli.stone@alder-vale.example --renew',
    'engineer profile RttPeriod --tenant alder-vale --as eli.stone@alder-vale.example',
  ],
  'engineer sample': [
    'engineer sample RttPeriod --rows 100 --seed s --tenant alder-vale --as eli.stone@alder-vale.example',
  ],
  'engineer row': [
    `engineer row RttPeriod RP-100234 --controller RZ1 --to eli.stone@alder-vale.example --for data-intake --dpia elective-recovery-alder-vale --contract platform-contract --instruction mend-intake --reason "the clock start is a day off" ${validator}`,
    `engineer row RttPeriod --submission 3f9c0a7d12be --row 17 --to eli.stone@alder-vale.example --for data-intake --dpia elective-recovery-alder-vale --contract platform-contract --instruction mend-intake --reason "ticket 4711" ${validator}`,
  ],
  'audit sessions': ['audit sessions', 'audit sessions --all --tenant alder-vale'],
  'audit lineage': [
    'audit lineage --tenant alder-vale',
    'audit lineage --tenant alder-vale --from 812',
    'audit lineage --tenant alder-vale --draw lineage.html',
    'audit lineage --tenant alder-vale --draw figure.html --metric rtt-incomplete --up',
    'audit lineage --tenant alder-vale --draw reach.html --object Patient --column dateOfBirth --down',
  ],
  'audit work': [
    'audit work --outsiders --from 2026-01-01',
    'audit work --tenant alder-vale --person vera.blake@alder-vale.example',
  ],
  'audit replay': ['audit replay', 'audit replay --tenant national'],
  'audit person': [`audit person 100234 --controller RZ1 --assurance P9 --out report.json ${validator}`],
  'audit verify-report': [
    'audit verify-report report.json --vkey alder-vale.openfdp.example/ledger+1a2b3c4d+AbCdEfGhIjKlMnOpQrStUvWxYz0123456789AbCdEfGh',
  ],
  'audit redact': [`audit redact 31 100234 --controller RZ1 --until 2027-01-31 --reason serious-harm ${guardian}`],
  'audit naming': [`audit naming role ${guardian}`],
  'audit link-staff': [`audit link-staff vera.blake@alder-vale.example 100234 --controller RZ1 ${guardian}`],
  'audit sample': [`audit sample 2026-01-31 ${guardian}`],
  'audit samples': ['audit samples'],
  'audit review': [
    `audit review sample-2026-01-31 31 ${guardian}`,
    `audit review sample-2026-01-31 31 --outcome acceptable --reason "part of the monthly validation" ${guardian}`,
  ],
  'audit alerts': ['audit alerts', 'audit alerts --all --tenant alder-vale'],
  'audit acknowledge': [`audit acknowledge 3f9c0a7d12be --note "a planned clean-up of the list" ${guardian}`],
  'rights proxy': [
    `rights proxy mother-of-case-12 100234 --controller RZ1 --authority parental-responsibility --until 2027-01-31 --who "her mother" ${guardian}`,
  ],
  'rights request': [`rights request case-12 access --about "patient 100234 asks for a copy" ${guardian}`],
  'rights extend': [`rights extend case-12 --reason complex ${guardian}`],
  'rights answer': [`rights answer case-12 --outcome granted --words "sent the copy on paper" ${guardian}`],
  'rights list': ['rights list', 'rights list --overdue'],
  'incident open': [
    `incident open wrong-list --since 2026-01-30 --persons anil.rao@alder-vale.example --employers ZS1 ${guardian}`,
  ],
  'incident contain': [`incident contain wrong-list ${guardian}`],
  'incident describe': [`incident describe wrong-list nature --words "a list went to the wrong team" ${guardian}`],
  'incident report': [`incident report wrong-list ${guardian}`],
  'incident reported': [`incident reported wrong-list ${guardian}`],
  'incident close': [`incident close wrong-list --outcome "access ended, team trained" ${guardian}`],
  'incident list': ['incident list'],
  'ledger verify': ['ledger verify', 'ledger verify /media/copy/national'],
  'ledger show': [`ledger show --last 5 --type read. ${statistician}`, `ledger show 12 ${statistician}`],
  'ledger checkpoint': ['ledger checkpoint --tenant national'],
  'ledger key': ['ledger key'],
  'ledger proof': [`ledger proof 12 ${statistician}`],
  'ledger erase-detail': [`ledger erase-detail 31 --reason "a request under article 17" ${guardian}`],
  'erase order': [
    `erase order case-17 100234 --controller RZ1 --ground objection --later keep-out --reason "asked for in writing" ${guardian}`,
  ],
  'erase approve': [
    'erase approve case-17 100234 --controller RZ1 --tenant alder-vale --as ian.mercer@alder-vale.example --purpose waiting-list-validation',
  ],
  'erase list': ['erase list', 'erase list --tenant alder-vale'],
  'hold place': [
    `hold place inquiry-3 --objects Referral,RttPeriod --reason "a public inquiry" ${guardian}`,
    `hold place claim-8 100234 --controller RZ1 --reason "a claim in court" ${guardian}`,
  ],
  'hold lift': [`hold lift inquiry-3 --reason "the inquiry has closed" ${guardian}`],
  'hold list': ['hold list'],
  'retention plan': [`retention plan ${guardian}`],
  'retention run': [`retention run ${guardian}`],
  backup: [
    'backup --to /media/backup/today --keys /media/keys',
    'backup --to /media/backup/today --keys /media/keys --tenant national',
  ],
  restore: [
    'restore /media/backup/today/national --keys /media/keys/national',
    'restore /media/backup/today/national --keys /media/keys/national --in-part',
  ],
  doctor: ['doctor'],
  'move in': [
    `move in --from https://old.example/tenants/alder-vale --token-file old-token.txt ${manager}`,
    `move in --from https://old.example --ontology palantirukhealth-ontology --token-file old-token.txt --types Patient,Referral --resume ${manager}`,
  ],
  compare: [
    'compare --old https://old.example/tenants/alder-vale --old-token-file old-token.txt --new http://127.0.0.1:8080/tenants/alder-vale --new-token-file new-token.txt --report differences.jsonl',
  ],
  'export tenant': [`export tenant /media/leaving/alder-vale ${validator}`],
  'import tenant': [`import tenant /media/leaving/alder-vale ${manager}`],
  'import check': [`import check /media/leaving/alder-vale ${validator}`],
}

/** Puts the examples below the help of each command. */
export function addExamples(program: Command): void {
  for (const { name, command } of leafCommands(program)) {
    const lines = (examples[name] ?? []).map((line) => `  ./fdp ${line}`)
    if (lines.length > 0) command.addHelpText('after', `\nFor example:\n${lines.join('\n')}`)
  }
  program.addHelpText(
    'after',
    '\nFor example:\n  ./fdp tenant list\n  ./fdp access list\n' +
      `  ./fdp login ${statistician}\n  ./fdp metric run rtt-incomplete --period 2026-01\n\n` +
      'The home folder is .fdp, or the one that FDP_HOME names. Exit status: 0 done, 1 refused, 2 wrong usage, 70 a fault.',
  )
}

/** Every command that does something, with its full name. */
export function leafCommands(program: Command): readonly { readonly name: string; readonly command: Command }[] {
  const below = (command: Command, names: readonly string[]): { name: string; command: Command }[] =>
    command.commands.length === 0
      ? [{ name: names.join(' '), command }]
      : command.commands.flatMap((child) => below(child, [...names, child.name()]))
  return below(program, [])
}
