// What kind of sound a file or a recorder has, in the names that the server takes: it looks at the bytes, too.
export const LONGEST_S = 180; // a recording with the microphone ends by itself; 24 kbit/s of it are some 540 kB
const NAMES: Record<string, string> = {
  'audio/wav': 'audio/wav', 'audio/x-wav': 'audio/wav', 'audio/wave': 'audio/wav', 'audio/vnd.wave': 'audio/wav', wav: 'audio/wav',
  'audio/ogg': 'audio/ogg', 'application/ogg': 'audio/ogg', 'audio/opus': 'audio/ogg', ogg: 'audio/ogg', oga: 'audio/ogg', opus: 'audio/ogg',
  'audio/webm': 'audio/webm', 'video/webm': 'audio/webm', webm: 'audio/webm',
  'audio/mpeg': 'audio/mpeg', 'audio/mp3': 'audio/mpeg', mp3: 'audio/mpeg',
  'audio/mp4': 'audio/mp4', 'video/mp4': 'audio/mp4', 'audio/x-m4a': 'audio/mp4', 'audio/m4a': 'audio/mp4', 'audio/aac': 'audio/mp4', mp4: 'audio/mp4', m4a: 'audio/mp4',
};
export function audioType(type: string, name = ''): string {
  return NAMES[type.split(';')[0].trim().toLowerCase()] ?? NAMES[name.split('.').pop()?.toLowerCase() ?? ''] ?? '';
}
/** What this browser records as; empty: it has no recorder, or the page no right to a microphone (it needs HTTPS). */
export function recorderType(): string {
  if (typeof MediaRecorder === 'undefined' || !navigator.mediaDevices?.getUserMedia) return '';
  return ['audio/webm;codecs=opus', 'audio/mp4', 'audio/ogg;codecs=opus'].find((type) => MediaRecorder.isTypeSupported(type)) ?? '';
}
