/**
 * Abbreviations of time zones as tzdata has them today, standard and summer time, since Intl knows only some. Zones that
 * are not listed have their offset as name, in tzdata as here: `+03`.
 */
const names: Record<string, string> = {
  'GMT BST': 'Europe/London Europe/Belfast Europe/Guernsey Europe/Isle_of_Man Europe/Jersey GB GB-Eire',
  'GMT IST': 'Europe/Dublin Eire',
  'WET WEST': 'Europe/Lisbon Portugal Atlantic/Madeira Atlantic/Canary Atlantic/Faroe Atlantic/Faeroe WET',
  'CET CEST':
    'Europe/Berlin Europe/Amsterdam Europe/Andorra Europe/Belgrade Europe/Bratislava Europe/Brussels Europe/Budapest Europe/Busingen ' +
    'Europe/Copenhagen Europe/Gibraltar Europe/Ljubljana Europe/Luxembourg Europe/Madrid Europe/Malta Europe/Monaco Europe/Oslo Europe/Paris ' +
    'Europe/Podgorica Europe/Prague Europe/Rome Europe/San_Marino Europe/Sarajevo Europe/Skopje Europe/Stockholm Europe/Tirane Europe/Vaduz ' +
    'Europe/Vatican Europe/Vienna Europe/Warsaw Europe/Zagreb Europe/Zurich Africa/Ceuta Africa/Tunis Africa/Algiers Arctic/Longyearbyen ' +
    'Poland CET MET',
  'EET EEST':
    'Europe/Athens Europe/Bucharest Europe/Chisinau Europe/Helsinki Europe/Kiev Europe/Kyiv Europe/Mariehamn Europe/Riga Europe/Sofia ' +
    'Europe/Tallinn Europe/Vilnius Europe/Kaliningrad Asia/Beirut Asia/Famagusta Asia/Gaza Asia/Hebron Asia/Nicosia Africa/Cairo Egypt ' +
    'Africa/Tripoli Libya EET',
  'MSK MSD': 'Europe/Moscow Europe/Simferopol Europe/Kirov Europe/Volgograd W-SU',
  'IST IDT': 'Asia/Jerusalem Asia/Tel_Aviv Israel',
  IST: 'Asia/Kolkata Asia/Calcutta',
  PKT: 'Asia/Karachi',
  HKT: 'Asia/Hong_Kong Hongkong',
  JST: 'Asia/Tokyo Japan',
  KST: 'Asia/Seoul Asia/Pyongyang ROK',
  PST: 'Asia/Manila',
  WIB: 'Asia/Jakarta Asia/Pontianak',
  WITA: 'Asia/Makassar Asia/Ujung_Pandang',
  WIT: 'Asia/Jayapura',
  SAST: 'Africa/Johannesburg Africa/Maseru Africa/Mbabane',
  EAT:
    'Africa/Nairobi Africa/Addis_Ababa Africa/Asmara Africa/Dar_es_Salaam Africa/Djibouti Africa/Kampala Africa/Mogadishu ' +
    'Indian/Antananarivo Indian/Comoro Indian/Mayotte',
  CAT:
    'Africa/Maputo Africa/Blantyre Africa/Bujumbura Africa/Gaborone Africa/Harare Africa/Khartoum Africa/Kigali Africa/Lubumbashi ' +
    'Africa/Lusaka Africa/Windhoek Africa/Juba',
  WAT:
    'Africa/Lagos Africa/Bangui Africa/Brazzaville Africa/Douala Africa/Kinshasa Africa/Libreville Africa/Luanda Africa/Malabo ' +
    'Africa/Ndjamena Africa/Niamey Africa/Porto-Novo',
  GMT:
    'Africa/Abidjan Africa/Accra Africa/Bamako Africa/Banjul Africa/Bissau Africa/Conakry Africa/Dakar Africa/Freetown Africa/Lome ' +
    'Africa/Monrovia Africa/Nouakchott Africa/Ouagadougou Africa/Sao_Tome Atlantic/Reykjavik Atlantic/St_Helena America/Danmarkshavn Iceland ' +
    'GMT Etc/GMT Etc/Greenwich Greenwich GMT0 Etc/GMT0 GMT+0 GMT-0 Etc/GMT+0 Etc/GMT-0',
  UTC: 'Etc/UTC Etc/UCT UCT Etc/Universal Universal Etc/Zulu Zulu',
  'AEST AEDT': 'Australia/Sydney Australia/Melbourne Australia/Hobart Australia/Canberra Australia/ACT Australia/NSW Australia/Victoria',
  AEST: 'Australia/Brisbane Australia/Lindeman Australia/Queensland',
  'ACST ACDT': 'Australia/Adelaide Australia/Broken_Hill Australia/South',
  ACST: 'Australia/Darwin Australia/North',
  AWST: 'Australia/Perth Australia/West',
  'NZST NZDT': 'Pacific/Auckland Antarctica/McMurdo NZ',
  HST: 'Pacific/Honolulu US/Hawaii HST Pacific/Johnston',
  'EST EDT':
    'America/New_York America/Detroit America/Toronto America/Montreal America/Nassau America/Port-au-Prince America/Iqaluit ' +
    'America/Indiana/Indianapolis America/Kentucky/Louisville America/Kentucky/Monticello US/Eastern US/Michigan Canada/Eastern EST5EDT',
  EST: 'America/Jamaica America/Panama America/Cancun America/Atikokan America/Cayman Jamaica EST',
  'CST CDT':
    'Asia/Shanghai Asia/Chongqing Asia/Harbin Asia/Macau Asia/Taipei PRC ROC America/Havana Cuba America/Chicago America/Winnipeg ' +
    'America/Mexico_City America/Monterrey America/Matamoros America/Menominee America/Indiana/Knox US/Central Canada/Central CST6CDT ' +
    'America/Costa_Rica America/El_Salvador America/Guatemala America/Managua America/Tegucigalpa America/Regina',
  'MST MDT': 'America/Denver America/Boise America/Edmonton America/Ciudad_Juarez US/Mountain Canada/Mountain MST7MDT America/Chihuahua',
  MST: 'America/Phoenix America/Hermosillo US/Arizona MST',
  'PST PDT': 'America/Los_Angeles America/Tijuana America/Vancouver US/Pacific Canada/Pacific PST8PDT',
  'AKST AKDT': 'America/Anchorage America/Juneau America/Nome America/Sitka America/Yakutat US/Alaska',
  'AST ADT': 'America/Halifax America/Glace_Bay America/Moncton America/Goose_Bay Atlantic/Bermuda Canada/Atlantic',
  AST: 'America/Puerto_Rico America/Barbados America/Martinique America/Santo_Domingo America/Port_of_Spain America/Curacao',
  'NST NDT': 'America/St_Johns Canada/Newfoundland',
  SST: 'Pacific/Pago_Pago Pacific/Midway US/Samoa',
  ChST: 'Pacific/Guam Pacific/Saipan',
}

let byZone: Map<string, string[]> | undefined

/** The abbreviation of the zone where its offset is that many seconds. `standard` gives the offset of its standard time. */
export function abbreviationOf(zone: string, offset: number, standard: () => number, seconds: number): string {
  byZone ??= new Map(Object.entries(names).flatMap(([pair, list]) => list.split(' ').map((name) => [name, pair.split(' ')] as const)))
  const pair = byZone.get(zone)
  if (pair) return pair[1] !== undefined && offset > standard() ? pair[1] : pair[0]!
  return american(zone, seconds) ?? numeric(offset)
}

/** The abbreviation that Intl knows, where it is not just an offset. */
function american(zone: string, seconds: number): string | undefined {
  const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'short' })
  const milliseconds = Math.max(Math.min(seconds * 1000, 8.64e15), -8.64e15)
  const name = format.formatToParts(milliseconds).find((part) => part.type === 'timeZoneName')?.value
  return name && /^[A-Z]{3,4}$/.test(name) && name !== 'GMT' ? name : undefined
}

function numeric(offset: number): string {
  const minutes = Math.abs(Math.trunc(offset / 60))
  const rest = minutes % 60
  return `${offset < 0 ? '-' : '+'}${String(Math.trunc(minutes / 60)).padStart(2, '0')}${rest === 0 ? '' : String(rest).padStart(2, '0')}`
}
