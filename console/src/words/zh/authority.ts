export default {
  authority: { complaints: '投诉', statistics: '统计', cases: '案件', case: '案件', exports: '导出' },
  complaints: { lead: '用户举报，按网络、类别和企业归口。号码默认以代号显示。', none: '没有投诉。', network: '网络', firm: '企业', number: '编号', pseudonym: '号码代号' },
  statistics: { lead: '口径与公开通报一致。', quarter: '季度', by: '按', network: '网络', category: '类别', region: '地区', reports: '举报量', calls: '呼叫量', touched: '处理量', rate: '每百万呼叫举报', definitions: '口径', def: { reports: '举报量：当季收到的“不想接”举报，同一人同一来电只计一次。', calls: '呼叫量：经过 Anning 判定的呼叫。', touched: '处理量：被标记、代接询问或拦截的呼叫。', rate: '每百万呼叫举报：举报量 ÷ 呼叫量 × 一百万；呼叫量不足一千的不计算。' }, total: '合计', share: '占比' },
  cases: { kind: { campaign: '团伙', firm: '企业', number: '号码' }, lead: '从举报到办结，每一步都有记录。', none: '没有案件。', open: '在办', closed: '办结', state: { new: '新收', open: '在办', asked: '已问询', answered: '已答复', closed: '已办结' }, title: '案由', reports: '举报数', opened: '立案', changed: '最近更新', network: '网络', setState: '改变状态', note: '处理意见', noteHint: '做了什么，下一步是什么', saved: '已记录', history: '经过', firm: '企业', none_reports: '没有关联的举报。' },
  exports: { lead: 'CSV 可用任何表格软件打开，XLSX 适合直接报送。号码以代号导出。', what: '内容', quarter: '季度', download: '下载', statistics: '统计', cases: '案件清单', complaints: '投诉清单' },
};
