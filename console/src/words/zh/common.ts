export default {
  name: '安宁',
  motto: '该响的电话响，不该响的安静。',
  action: { allow: '放行', label: '标记', screen: '代接询问', block: '拦截' },
  category: {
    unknown: '未知', loan: '贷款理财', debt: '债务催收', property: '房产中介', renovation: '装修', education: '教育培训',
    insurance: '保险', medical: '医疗口腔', stocks: '荐股', marketing: '营销推广', fraud: '疑似诈骗', automated: '自动服务来电', person: '个人',
  },
  level: { loose: '宽松', standard: '标准', strict: '严格' },
  // What the audit log and "who looked" say; src/api calls them so.
  act: { audit: { look: '查看审计记录' }, call: { explain: '查看一次来电的判定依据', say: '说了一通来电想不想接' }, calls: { look: '查看来电' }, campaign: { say: '对外呼活动作出决定' }, case: { change: '办理案件', look: '查看案件' }, cases: { export: '导出案件' }, complaints: { add: '录入投诉', look: '查看投诉' }, routes: { change: '修改派送规则' }, data: { erase: '删除全部数据', export: '导出数据' }, key: { add: '新建密钥', remove: '删除密钥' }, label: { say: '给号码打标签' }, looks: { look: '查看被查看记录' }, number: { look: '查看号码' }, password: { change: '修改密码', link: '用一次性链接设密码' }, redress: { grant: '同意申诉', refuse: '维持原判' }, recording: { add: '附上录音', listen: '听录音', remove: '删除录音' }, report: { change: '补充举报', look: '查看举报' }, reports: { look: '查看举报' }, review: { look: '查看误判复核', say: '复核判定' }, session: { begin: '登录', code: '取登录验证码', refused: '登录被拒' }, settings: { change: '修改设置', expect: '设置“我在等”', look: '查看设置', off: '关闭守护', on: '开通守护' }, subscriber: { look: '查找用户' }, totp: { off: '停用动态码', on: '启用动态码' }, trunk: { look: '查看中继' }, user: { add: '添加人员', change: '修改人员', first: '建立首个管理员', remove: '删除人员' } },
  who: { commandLine: '运营商（命令行）', commandLineOf: '运营商（命令行，{user}）' },
  role: { subscriber: '用户', agent: '客服', operator: '运维', auditor: '审计', authority: '主管部门', admin: '管理员', key: '接口密钥', machine: '系统' },
  redressState: { none: '未申诉', waiting: '等待处理', granted: '已恢复', refused: '维持原判' },
  reportState: { new: '已收到', joined: '已归入已知的外呼', case: '已立案', closed: '已办结' },
  said: { unwanted: '不想接', wanted: '想接到' },
  do: {
    save: '保存', cancel: '取消', back: '返回', ok: '好', add: '添加', remove: '删除', retry: '再试一次', more: '显示更多', close: '关闭',
    next: '下一步', send: '提交', copy: '复制', copied: '已复制', edit: '修改', confirm: '确认', search: '搜索', open: '查看',
  },
  state: { loading: '正在载入…', saved: '已保存', none: '暂无内容', yes: '是', no: '否' },
  look: { language: '语言', theme: '外观', system: '跟随系统', light: '浅色', dark: '深色', toEnglish: 'English', toChinese: '中文' },
  fail: {
    away: '连不上服务器。', awaySince: '{time} 起没有回应，本页是那时的情况。正在重试。',
    unreachable: '连不上服务器，请检查网络后再试。',
    noGateway: '这台服务器发不了短信，请向运营商要一个验证码。',
    busy: '现在人多，请过 {seconds} 秒再试。',
    forbidden: '您的账号没有这项权限。',
    missing: '没有找到。可能已被删除，或者地址不对。',
    changed: '这些设置刚在别处改过，已为您换成最新的，请再改一次。',
    other: '没有成功：{why}',
  },
};
