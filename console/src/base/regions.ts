// The 34 provinces as tiles: column and row roughly where each lies. GB/T 2260 codes with the names are facts; the
// arrangement is our own, since no map is packaged.
export interface Region { code: string; zh: string; en: string; column: number; row: number }
export const REGIONS: Region[] = [
  { code: '23', zh: '黑龙江', en: 'Heilongjiang', column: 8, row: 0 },
  { code: '65', zh: '新疆', en: 'Xinjiang', column: 1, row: 1 },
  { code: '15', zh: '内蒙古', en: 'Nei Mongol', column: 6, row: 1 },
  { code: '22', zh: '吉林', en: 'Jilin', column: 8, row: 1 },
  { code: '62', zh: '甘肃', en: 'Gansu', column: 3, row: 2 },
  { code: '64', zh: '宁夏', en: 'Ningxia', column: 4, row: 2 },
  { code: '14', zh: '山西', en: 'Shanxi', column: 5, row: 2 },
  { code: '11', zh: '北京', en: 'Beijing', column: 6, row: 2 },
  { code: '12', zh: '天津', en: 'Tianjin', column: 7, row: 2 },
  { code: '21', zh: '辽宁', en: 'Liaoning', column: 8, row: 2 },
  { code: '63', zh: '青海', en: 'Qinghai', column: 2, row: 3 },
  { code: '61', zh: '陕西', en: 'Shaanxi', column: 4, row: 3 },
  { code: '41', zh: '河南', en: 'Henan', column: 5, row: 3 },
  { code: '13', zh: '河北', en: 'Hebei', column: 6, row: 3 },
  { code: '37', zh: '山东', en: 'Shandong', column: 7, row: 3 },
  { code: '54', zh: '西藏', en: 'Tibet', column: 1, row: 4 },
  { code: '51', zh: '四川', en: 'Sichuan', column: 3, row: 4 },
  { code: '50', zh: '重庆', en: 'Chongqing', column: 4, row: 4 },
  { code: '42', zh: '湖北', en: 'Hubei', column: 5, row: 4 },
  { code: '34', zh: '安徽', en: 'Anhui', column: 6, row: 4 },
  { code: '32', zh: '江苏', en: 'Jiangsu', column: 7, row: 4 },
  { code: '31', zh: '上海', en: 'Shanghai', column: 8, row: 4 },
  { code: '53', zh: '云南', en: 'Yunnan', column: 3, row: 5 },
  { code: '52', zh: '贵州', en: 'Guizhou', column: 4, row: 5 },
  { code: '43', zh: '湖南', en: 'Hunan', column: 5, row: 5 },
  { code: '36', zh: '江西', en: 'Jiangxi', column: 6, row: 5 },
  { code: '33', zh: '浙江', en: 'Zhejiang', column: 7, row: 5 },
  { code: '45', zh: '广西', en: 'Guangxi', column: 4, row: 6 },
  { code: '44', zh: '广东', en: 'Guangdong', column: 5, row: 6 },
  { code: '35', zh: '福建', en: 'Fujian', column: 6, row: 6 },
  { code: '71', zh: '台湾', en: 'Taiwan', column: 8, row: 6 },
  { code: '46', zh: '海南', en: 'Hainan', column: 4, row: 7 },
  { code: '82', zh: '澳门', en: 'Macao', column: 5, row: 7 },
  { code: '81', zh: '香港', en: 'Hong Kong', column: 6, row: 7 },
];
export const ABROAD = '00', UNKNOWN = 'unknown'; // most mobiles: the number does not tell the province
const byCode = new Map(REGIONS.map((region) => [region.code, region]));
export function regionName(code: string | null | undefined, language: 'zh' | 'en'): string {
  if (!code) return '';
  if (code === ABROAD) return language === 'zh' ? '境外' : 'abroad';
  if (code === UNKNOWN) return language === 'zh' ? '不明' : 'not told';
  return byCode.get(code)?.[language] ?? '';
}
